//! The tables of `migrations/` as diesel sees them. A test of the migrations compares each column with the database.

mod alert;
mod audit;
mod bidding;
mod catalog;
mod contract;
mod house;
mod identity;
mod listing;
mod ordering;
mod pricing;
mod procurement;

pub(crate) use alert::*;
pub(crate) use audit::*;
pub(crate) use bidding::*;
pub(crate) use catalog::*;
pub(crate) use contract::*;
pub(crate) use house::*;
pub(crate) use identity::*;
pub(crate) use listing::*;
pub(crate) use ordering::*;
pub(crate) use pricing::*;
pub(crate) use procurement::*;

diesel::define_sql_function! {
    /// The clock that every rule reads.
    fn app_clock() -> Timestamptz;
}

diesel::joinable!(added_packs -> selected_products (product));
diesel::joinable!(alert_changes -> alerts (alert));
diesel::joinable!(alliance_memberships -> alliances (alliance));
diesel::joinable!(audit_positions -> audit_entries (entry));
diesel::joinable!(bids -> bid_keys (key));
diesel::joinable!(clients -> organizations (organization));
diesel::joinable!(demand_forms -> organizations (institution));
diesel::joinable!(demand_forms -> rounds (round));
diesel::joinable!(demand_lines -> demand_forms (form));
diesel::joinable!(demand_lines -> round_specs (spec));
diesel::joinable!(grants -> users (user_id));
diesel::joinable!(item_flags -> items (item));
diesel::joinable!(item_identifiers -> items (item));
diesel::joinable!(item_names -> items (item));
diesel::joinable!(item_release_changes -> items (item));
diesel::joinable!(item_versions -> items (item));
diesel::joinable!(licences -> documents (document));
diesel::joinable!(listing_marks -> listings (listing));
diesel::joinable!(listing_prices -> listings (listing));
diesel::joinable!(listings -> organizations (manufacturer));
diesel::joinable!(organization_regions -> organizations (organization));
diesel::joinable!(qualifications -> organizations (applicant));
diesel::joinable!(qualifications -> rounds (round));
diesel::joinable!(round_custodians -> rounds (round));
diesel::joinable!(round_documents -> rounds (round));
diesel::joinable!(round_editions -> rounds (round));
diesel::joinable!(round_key_holders -> custodian_keys (key));
diesel::joinable!(round_lots -> rounds (round));
diesel::joinable!(round_product_documents -> documents (document));
diesel::joinable!(round_product_documents -> round_products (product));
diesel::joinable!(round_products -> qualifications (qualification));
diesel::joinable!(round_products -> round_specs (spec));
diesel::joinable!(round_regions -> rounds (round));
diesel::joinable!(round_specs -> round_lots (lot));
diesel::joinable!(rounds -> organizations (office));
diesel::joinable!(selected_products -> official_results (result));
diesel::joinable!(selected_supplies -> selected_products (product));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(supply_boards -> organizations (firm));
diesel::joinable!(supply_boards -> rounds (round));
diesel::joinable!(supply_changes -> withdrawals (withdrawal));
diesel::joinable!(users -> organizations (organization));
diesel::joinable!(volume_entries -> withdrawals (withdrawal));
diesel::joinable!(webhook_deliveries -> webhooks (webhook));
diesel::joinable!(webhooks -> organizations (organization));
diesel::joinable!(withdrawals -> selected_products (product));

diesel::allow_tables_to_appear_in_same_query!(imports, import_rejects);
diesel::allow_tables_to_appear_in_same_query!(alliances, alliance_memberships);
diesel::allow_tables_to_appear_in_same_query!(
    item_conflicts,
    item_flags,
    item_identifiers,
    item_identities,
    item_names,
    item_proposals,
    item_relations,
    item_release_changes,
    item_releases,
    item_versions,
    items,
);
diesel::allow_tables_to_appear_in_same_query!(
    audit_entries,
    audit_positions,
    bid_keys,
    bid_lines,
    bid_openings,
    bid_results,
    bids,
    clients,
    contract_keys,
    contract_seals,
    contracts,
    custodian_keys,
    demand_forms,
    demand_leads,
    demand_lines,
    documents,
    grants,
    jobs,
    licences,
    log_keys,
    lot_result_editions,
    lot_results,
    notifications,
    objections,
    official_results,
    added_packs,
    organization_regions,
    organizations,
    qualifications,
    round_custodians,
    round_documents,
    round_editions,
    round_key_holders,
    round_lots,
    round_notices,
    round_product_documents,
    round_products,
    round_regions,
    round_results,
    round_shares,
    round_specs,
    rounds,
    selected_products,
    selected_supplies,
    sessions,
    sub_contracts,
    supply_boards,
    supply_changes,
    supply_choices,
    supply_preferences,
    supply_selections,
    tie_resolutions,
    users,
    volume_changes,
    volume_entries,
    webhook_deliveries,
    webhooks,
    withdrawals,
);
diesel::allow_tables_to_appear_in_same_query!(
    distribution_relations,
    distributor_choices,
    listing_marks,
    listing_prices,
    listings,
);
diesel::allow_tables_to_appear_in_same_query!(listings, organizations);
diesel::allow_tables_to_appear_in_same_query!(
    acceptances,
    basis_months,
    deliveries,
    emergencies,
    filings,
    goods_returns,
    negotiated_prices,
    order_lines,
    order_months,
    order_sheet_rows,
    orders,
    product_blocks,
    product_packs,
    rationing_shares,
    rationings,
);
diesel::allow_tables_to_appear_in_same_query!(alert_changes, alerts, monitor_runs);
