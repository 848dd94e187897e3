//! What can be done about identity: one mutation a transition.
use async_graphql::{Context, Object};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::LoginName;
use jicai_service::identity::{self as cases, ChangePassword, LogIn, UserOrder, Verdict};

use super::inputs::{
    ChangeInput, InviteImportedManagerInput, InviteManagerInput, InviteUserInput, MembershipInput,
    OpenAllianceInput, ReasonedChangeInput, RegisterOrganizationInput, ResubmitOrganizationInput,
};
use super::licences::{AddLicenceInput, LicenceChanged, RemoveLicenceInput};
use super::types::{
    AllianceChanged, LoginTokens, OrganizationChanged, SecondFactorEnrolment, UserChanged, UserInvited,
};
use crate::asking::{app, caller};
use crate::error::ApiError;

/// Mutations of identity.
#[derive(Default)]
pub(crate) struct IdentityMutation;

#[Object]
impl IdentityMutation {
    /// Register an organization with its first user. It then waits for review. Anybody may. 注册
    async fn register_organization(
        &self,
        ctx: &Context<'_>,
        input: RegisterOrganizationInput,
    ) -> Result<OrganizationChanged, ApiError> {
        Ok(cases::register_organization(app(ctx)?, input.try_into()?).await?.into())
    }

    /// Submit the caller's returned organization again. 重新提交
    async fn resubmit_organization(
        &self,
        ctx: &Context<'_>,
        input: ResubmitOrganizationInput,
    ) -> Result<OrganizationChanged, ApiError> {
        let caller = caller(ctx)?;
        Ok(cases::resubmit_organization(app(ctx)?, caller, input.try_into()?).await?.into())
    }

    /// Show a licence of the caller's organization, with the document that was stored for it. 添加证照
    async fn add_licence(
        &self,
        ctx: &Context<'_>,
        input: AddLicenceInput,
    ) -> Result<LicenceChanged, ApiError> {
        let caller = caller(ctx)?;
        Ok(cases::add_licence(app(ctx)?, caller, input.try_into()?).await?.into())
    }

    /// Show a licence of the caller's organization no longer. 删除证照
    async fn remove_licence(
        &self,
        ctx: &Context<'_>,
        input: RemoveLicenceInput,
    ) -> Result<LicenceChanged, ApiError> {
        let caller = caller(ctx)?;
        let (licence, key) = input.parsed()?;
        Ok(cases::remove_licence(app(ctx)?, caller, licence, &key).await?.into())
    }

    /// Approve a pending organization that shows the licences it needs. 审核通过
    async fn approve_organization(
        &self,
        ctx: &Context<'_>,
        input: ChangeInput,
    ) -> Result<OrganizationChanged, ApiError> {
        review(ctx, &input, Verdict::Approve).await
    }

    /// Return a pending organization with a reason. 退回
    async fn return_organization(
        &self,
        ctx: &Context<'_>,
        input: ReasonedChangeInput,
    ) -> Result<OrganizationChanged, ApiError> {
        caller(ctx)?;
        let (input, reason) = input.parsed()?;
        review(ctx, &input, Verdict::Return(reason)).await
    }

    /// Suspend an approved organization with a reason. 暂停
    async fn suspend_organization(
        &self,
        ctx: &Context<'_>,
        input: ReasonedChangeInput,
    ) -> Result<OrganizationChanged, ApiError> {
        caller(ctx)?;
        let (input, reason) = input.parsed()?;
        review(ctx, &input, Verdict::Suspend(reason)).await
    }

    /// Reinstate a suspended organization. 恢复
    async fn reinstate_organization(
        &self,
        ctx: &Context<'_>,
        input: ChangeInput,
    ) -> Result<OrganizationChanged, ApiError> {
        review(ctx, &input, Verdict::Reinstate).await
    }

    /// Log in. 登录
    async fn log_in(
        &self,
        ctx: &Context<'_>,
        login_name: String,
        password: String,
        code: Option<String>,
    ) -> Result<LoginTokens, ApiError> {
        let unknown = |_malformed: Refusal| Refusal::of(Code::LoginFailed);
        let login = LoginName::parse(&login_name).map_err(unknown)?;
        Ok(cases::log_in(app(ctx)?, LogIn { login, password, code }).await?.into())
    }

    /// Exchange a refresh token for new tokens. Showing one twice ends the login.
    async fn refresh(&self, ctx: &Context<'_>, refresh_token: String) -> Result<LoginTokens, ApiError> {
        Ok(cases::refresh(app(ctx)?, &refresh_token).await?.into())
    }

    /// End the caller's login. 退出
    async fn log_out(&self, ctx: &Context<'_>) -> Result<bool, ApiError> {
        cases::log_out(app(ctx)?, caller(ctx)?).await?;
        Ok(true)
    }

    /// Invite a clerk into the caller's organization; the answer holds the token to hand over. 邀请
    async fn invite_user(&self, ctx: &Context<'_>, input: InviteUserInput) -> Result<UserInvited, ApiError> {
        let app = app(ctx)?;
        let invited = cases::invite_user(app, caller(ctx)?, input.try_into()?).await?;
        Ok(UserInvited::of(app, invited))
    }

    /// Invite the manager of an organization that was brought in; the answer holds the token to hand over. 邀请机构管理员
    async fn invite_imported_manager(
        &self,
        ctx: &Context<'_>,
        input: InviteImportedManagerInput,
    ) -> Result<UserInvited, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let (organization, key) = input.parsed()?;
        let invited = cases::invite_imported_manager(app, caller, organization, &key).await?;
        Ok(UserInvited::of(app, invited))
    }

    /// Invite a manager into an organization of the caller's jurisdiction that has lost its own. 补任管理员
    async fn invite_manager(
        &self,
        ctx: &Context<'_>,
        input: InviteManagerInput,
    ) -> Result<UserInvited, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let invited = cases::invite_manager(app, caller, input.try_into()?).await?;
        Ok(UserInvited::of(app, invited))
    }

    /// Set a password by an invitation or a reset. Whoever holds the token may.
    async fn set_password(
        &self,
        ctx: &Context<'_>,
        token: String,
        password: String,
    ) -> Result<bool, ApiError> {
        cases::set_password(app(ctx)?, &token, &password).await?;
        Ok(true)
    }

    /// Change the caller's own password; every login ends. 修改密码
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        current: String,
        new: String,
    ) -> Result<bool, ApiError> {
        cases::change_password(app(ctx)?, caller(ctx)?, ChangePassword { current, new }).await?;
        Ok(true)
    }

    /// Let a user's password no longer work; the answer holds the token to set a new one by. 重置
    async fn reset_user(&self, ctx: &Context<'_>, input: ChangeInput) -> Result<UserInvited, ApiError> {
        order(ctx, &input, UserOrder::Reset).await
    }

    /// Let a disabled user set a password again; the answer holds the token. 启用
    async fn enable_user(&self, ctx: &Context<'_>, input: ChangeInput) -> Result<UserInvited, ApiError> {
        order(ctx, &input, UserOrder::Enable).await
    }

    /// Disable a user of the caller's organization; every login of the user ends. 停用
    async fn disable_user(&self, ctx: &Context<'_>, input: ChangeInput) -> Result<UserChanged, ApiError> {
        let caller = caller(ctx)?;
        let (user, key) = input.parsed()?;
        Ok(cases::disable_user(app(ctx)?, caller, user, &key).await?.into())
    }

    /// Begin a second factor; it is asked for once it is confirmed.
    async fn begin_second_factor(&self, ctx: &Context<'_>) -> Result<SecondFactorEnrolment, ApiError> {
        Ok(cases::begin_second_factor(app(ctx)?, caller(ctx)?).await?.into())
    }

    /// Confirm the begun second factor by a code of it.
    async fn confirm_second_factor(&self, ctx: &Context<'_>, code: String) -> Result<bool, ApiError> {
        cases::confirm_second_factor(app(ctx)?, caller(ctx)?, &code).await?;
        Ok(true)
    }

    /// End the second factor by a code of it.
    async fn drop_second_factor(&self, ctx: &Context<'_>, code: String) -> Result<bool, ApiError> {
        cases::drop_second_factor(app(ctx)?, caller(ctx)?, &code).await?;
        Ok(true)
    }

    /// Open an alliance of regions. 组建联盟
    async fn open_alliance(
        &self,
        ctx: &Context<'_>,
        input: OpenAllianceInput,
    ) -> Result<AllianceChanged, ApiError> {
        let caller = caller(ctx)?;
        Ok(cases::open_alliance(app(ctx)?, caller, input.try_into()?).await?.into())
    }

    /// Let a region join an alliance for a product group. 加入联盟
    async fn join_alliance(
        &self,
        ctx: &Context<'_>,
        input: MembershipInput,
    ) -> Result<AllianceChanged, ApiError> {
        let caller = caller(ctx)?;
        Ok(cases::join_alliance(app(ctx)?, caller, input.try_into()?).await?.into())
    }

    /// Let a region leave an alliance for a product group. 退出联盟
    async fn leave_alliance(
        &self,
        ctx: &Context<'_>,
        input: MembershipInput,
    ) -> Result<AllianceChanged, ApiError> {
        let caller = caller(ctx)?;
        Ok(cases::leave_alliance(app(ctx)?, caller, input.try_into()?).await?.into())
    }
}

async fn review(
    ctx: &Context<'_>,
    input: &ChangeInput,
    verdict: Verdict,
) -> Result<OrganizationChanged, ApiError> {
    let caller = caller(ctx)?;
    let (seen, key) = input.parsed()?;
    Ok(cases::review_organization(app(ctx)?, caller, seen, verdict, &key).await?.into())
}

async fn order(ctx: &Context<'_>, input: &ChangeInput, order: UserOrder) -> Result<UserInvited, ApiError> {
    let (app, caller) = (app(ctx)?, caller(ctx)?);
    let (user, key) = input.parsed()?;
    let invited = cases::order_user(app, caller, user, order, &key).await?;
    Ok(UserInvited::of(app, invited))
}
