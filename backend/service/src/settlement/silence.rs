//! Statements whose hospitals are silent: where the area has it so, they are told, and after their time silence confirms.
use jicai_domain::audit::{Act, Actor};
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::StatementId;
use jicai_domain::settlement::rules::{SETTLEMENT_PRESETS, parse_settlement};
use jicai_domain::settlement::statement::{StatementCommand, StatementState, net};
use jicai_store::Recorded;
use jicai_store::audit::record;
use jicai_store::settlement::statements::{self as rows, By};
use jicai_store::settlement::{lines, reach_area, terms};

use crate::app::App;
use crate::errors::Error;
use crate::jobs::Progress;

/// Statements of one turn.
const AT_ONCE: i64 = 200;

/// Tells hospitals, and confirms what nobody answered although its hospital was told in time.
pub(crate) async fn confirm_silent(app: &App) -> Result<Progress, Error> {
    let rules: Vec<_> =
        SETTLEMENT_PRESETS.iter().filter_map(|preset| parse_settlement(preset.text).ok()).collect();
    let silent = rules.iter().filter(|rules| rules.confirms_itself);
    let areas = silent.filter_map(|rules| RegionCode::parse(&rules.head.jurisdiction).ok());
    let by_rules: Vec<String> = areas.map(|area| format!("^{}", area.prefix())).collect();
    let before = rules.iter().map(|rules| rules.told_days_before).max().unwrap_or(0);
    let before = i32::try_from(before).unwrap_or(i32::MAX);
    let (telling, confirming) = app
        .store
        .keep("find_silent", async |tx| {
            reach_area(tx, RegionCode::NATION).await?;
            let today = tx.now().await?.day_in_china();
            let telling = terms::to_tell(tx, &by_rules, today.plus_days(before), AT_ONCE).await?;
            let told_by = today.plus_days(before.saturating_neg());
            let confirming = terms::to_confirm(tx, &by_rules, (today, told_by), AT_ONCE).await?;
            Ok::<_, Error>((telling, confirming))
        })
        .await?;
    for statement in &telling {
        tell(app, *statement).await?;
    }
    for statement in &confirming {
        confirm(app, *statement).await?;
    }
    let most = telling.len().max(confirming.len());
    let full = i64::try_from(most).is_ok_and(|most| most >= AT_ONCE);
    Ok(if full { Progress::Part } else { Progress::Done })
}

async fn tell(app: &App, id: StatementId) -> Result<(), Error> {
    app.store
        .write("tell_silent", async |tx| {
            reach_area(tx, RegionCode::NATION).await?;
            let found = rows::lock(tx, id).await?;
            let told = terms::tell(tx, id, found.today).await?;
            let act = Act::new("StatementConfirmsItself", id).with("told", told);
            let act = if told { act.concerning(found.subject.hospital) } else { act };
            Ok::<_, Error>(record(tx, Actor::Platform, act, ()).await?)
        })
        .await
}

async fn confirm(app: &App, id: StatementId) -> Result<(), Error> {
    app.store
        .write("confirm_silent", async |tx| {
            reach_area(tx, RegionCode::NATION).await?;
            let found = rows::lock(tx, id).await?;
            let act = Act::new("StatementSilent", id)
                .concerning(found.subject.hospital)
                .concerning(found.subject.supplier);
            if found.state != StatementState::Applied {
                return answered(record(tx, Actor::Platform, act.with("confirmed", false), ()).await);
            }
            lines::answer(tx, id, &[]).await?;
            let net = net(&lines::answers(tx, id).await?, found.credit, found.carried_in)?;
            let state = found.state.next(StatementCommand::Confirm)?;
            rows::save(tx, (id, found.version), (state, net), (By::Other, None)).await?;
            terms::mark_silent(tx, id).await?;
            let act = act.with("confirmed", true).with("payable", net.payable);
            answered(record(tx, Actor::Platform, act, ()).await)
        })
        .await
}

fn answered(recorded: Result<Recorded<()>, jicai_store::StoreError>) -> Result<Recorded<()>, Error> {
    Ok(recorded?)
}
