//! Direct settlement: the fund's ledger, and what is asked for, paid and offset.
mod bank_file;
mod bank_iso;
mod chain;
mod designations;
mod export;
mod invoice_file;
mod invoices;
mod judge;
mod ledger;
mod letters;
mod outside;
mod payments;
mod proof;
mod proposals;
mod read;
mod savings;
mod silence;
mod standard_file;
mod standards;
mod statements;

pub use chain::{RegisterFirstInvoice, first_invoices, register_first_invoice};
pub use designations::{designate, designations, end_designation, set_paying_account, set_silence};
pub use export::{Format, export};
pub(crate) use invoice_file::register_file;
pub use invoices::{
    INVOICE_LINES_MAX, InvoicedLine, RegisterInvoice, invoices, register_invoice, set_payee_account,
    void_invoice,
};
pub use jicai_store::settlement::bank::Payee;
pub use jicai_store::settlement::chain::ShownFirstInvoice;
pub use jicai_store::settlement::designations::Designation;
pub use jicai_store::settlement::exposure::Outlay;
pub use jicai_store::settlement::invoices::ShownInvoice;
pub use jicai_store::settlement::journal::{Balance, Entry, ShownEvent, Wanted};
pub use jicai_store::settlement::ledger::Closed;
pub use jicai_store::settlement::letters::Letter;
pub use jicai_store::settlement::lines::{Dispute, ShownLine};
pub use jicai_store::settlement::outside::OutsidePayment;
pub use jicai_store::settlement::payments::{Batch, Payment};
pub use jicai_store::settlement::proof::Proof;
pub use jicai_store::settlement::proposals::Proposal;
pub use jicai_store::settlement::rates::{Overdue, Rate};
pub use jicai_store::settlement::savings::ShownSavings;
pub use jicai_store::settlement::speeds::Speed;
pub use jicai_store::settlement::standards::{ShownStandard, StandardSet};
pub use jicai_store::settlement::statements::Statement;
pub use ledger::{close_ledger_month, open_ledger_book};
pub use letters::{ask_receivable_back, receivable_letters};
pub use outside::{
    ReportOutside, answer_outside_payment, outside_payments, overdue_goods, payment_rates,
    report_outside_payment,
};
pub(crate) use payments::book_payments;
pub use payments::{
    BankForm, decide_payment_batch, payment_batches, payment_file, payment_speeds, payments,
    prepare_payment_batch, take_bank_answer,
};
pub(crate) use proof::prove;
pub use proof::prove_now;
pub use proposals::{
    Decision, PrepareCover, PrepareEvent, decide_ledger_event, prepare_cover, prepare_event, tell_refund,
};
pub use read::{Exposure, balances, books, events, exposures, proof_of, proposals_of};
pub use savings::{PrepareSavings, SavingsUse, prepare_savings, retained_savings};
pub(crate) use silence::confirm_silent;
pub(crate) use standard_file::prepare_file;
pub use standards::{
    AskSplit, OfItem, PrepareOfResult, PrepareStandards, ShownSplit, ToldStandard, decide_standards,
    payment_split, payment_standard, payment_standards, prepare_result_standards, prepare_standards,
    standard_sets, standards_of_set,
};
pub use statements::{
    ApplyForSettlement, StatementDecision, answer_statement, apply_for_settlement, decide_statement, due,
    reapply_for_settlement, resolve_dispute, statement, statement_lines, statements,
};
