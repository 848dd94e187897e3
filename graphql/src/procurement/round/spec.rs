//! A specification of a lot over GraphQL.
use async_graphql::{Context, ID, Object};
use jicai_service::procurement::SpecRow;

use crate::catalog::{Item, item_today};
use crate::error::ApiError;

/// A specification of a lot. 规格
pub(crate) struct RoundSpec(pub(crate) SpecRow);

#[Object]
impl RoundSpec {
    /// Its id; the same in every edition.
    async fn id(&self) -> ID {
        ID(self.0.spec.id.to_string())
    }

    /// Its code in the lot; the same in every edition.
    async fn code(&self) -> &str {
        self.0.spec.code.as_str()
    }

    /// Its name, such as 10mg.
    async fn name(&self) -> &str {
        self.0.spec.name.as_str()
    }

    /// The content of one unit, which prices are compared by; none where the lot's contents do not differ.
    async fn content(&self) -> Option<String> {
        self.0.spec.content.map(|content| content.normalize().to_string())
    }

    /// Maximum valid bid: yuan per smallest unit, tax included. 最高有效申报价
    async fn ceiling(&self) -> String {
        self.0.spec.ceiling.normalize().to_string()
    }

    /// Whether it is the representative one; the others compete.
    async fn representative(&self) -> bool {
        self.0.spec.representative
    }

    /// The item of the registry that it is drawn from, as it stands today, for whoever is logged in; none where it names none.
    #[graphql(complexity = "2 + child_complexity")]
    async fn item(&self, ctx: &Context<'_>) -> Result<Option<Item>, ApiError> {
        item_today(ctx, self.0.spec.item).await
    }

    /// The edition that withdrew it; none while it stands.
    async fn withdrawn_in(&self) -> Option<i32> {
        self.0.withdrawn_in
    }
}
