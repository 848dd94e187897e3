//! Who delivers and invoices a line.
use crate::errors::{Code, Refusal};
use crate::ids::OrganizationId;

/// What a distributor is to a manufacturer for the goods and the region of a line: a relation that was accepted once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appointment {
    /// Who delivers.
    pub distributor: OrganizationId,
    /// Why it does so no longer; none where it does.
    pub ended: Option<String>,
}

fn holds(appointed: &[Appointment], one: OrganizationId) -> bool {
    appointed.iter().any(|found| found.distributor == one && found.ended.is_none())
}

/// Why a distributor that was appointed is so no longer. None of one that is, or never was.
fn ended(appointed: &[Appointment], one: OrganizationId) -> Option<&str> {
    let of = || appointed.iter().filter(|found| found.distributor == one);
    let standing = of().any(|found| found.ended.is_none());
    of().next_back().and_then(|found| found.ended.as_deref()).filter(|_| !standing)
}

/// The first distributor that the institution ticked and that is appointed for it; else the one that the contract names; else the manufacturer
/// itself. `ticked` begins with the preferred one. Where the one that would deliver was appointed and is not any more, nobody takes its place
/// unasked. Errors: `DISTRIBUTOR_NOT_APPOINTED` with the reason.
pub fn seller(
    manufacturer: OrganizationId,
    ticked: &[OrganizationId],
    contract: Option<OrganizationId>,
    appointed: &[Appointment],
) -> Result<OrganizationId, Refusal> {
    if let Some(one) = ticked.iter().find(|one| holds(appointed, **one)) {
        return Ok(*one);
    }
    let gone = match contract {
        Some(named) => ended(appointed, named),
        None => ticked.iter().find_map(|one| ended(appointed, *one)),
    };
    match gone {
        Some(why) => {
            Err(Refusal::of(Code::DistributorNotAppointed).at("distributor").allowing(why.to_owned()))
        }
        None => Ok(contract.unwrap_or(manufacturer)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    #[test]
    fn the_ticked_one_delivers_then_the_contracts_then_the_maker_and_nobody_after_an_end() {
        let of = OrganizationId::from_number;
        let (maker, one, two, named) = (of(1), of(2), of(3), of(4));
        let stands = |distributor| Appointment { distributor, ended: None };
        let over = |distributor| Appointment { distributor, ended: Some("运力不足".to_owned()) };
        let sold = |ticked: &[_], contract, appointed: &[_]| seller(maker, ticked, contract, appointed);
        assert_eq!(sold(&[one, two], Some(named), &[stands(two), stands(one)]), Ok(one));
        assert_eq!(sold(&[one, two], Some(named), &[stands(two)]), Ok(two));
        assert_eq!(sold(&[one], Some(named), &[over(one)]), Ok(named));
        assert_eq!(sold(&[one], None, &[]), Ok(maker));
        assert_eq!(sold(&[], None, &[stands(one)]), Ok(maker));
        // Appointed again after an end.
        assert_eq!(sold(&[one], None, &[over(one), stands(one)]), Ok(one));
        for (ticked, contract, appointed) in
            [(&[one][..], None, vec![over(one)]), (&[], Some(named), vec![over(named)])]
        {
            let refused = sold(ticked, contract, &appointed).unwrap_err();
            assert_eq!(refused.code, Code::DistributorNotAppointed);
            assert_eq!(refused.allowed.as_deref(), Some("运力不足"));
        }
    }
}
