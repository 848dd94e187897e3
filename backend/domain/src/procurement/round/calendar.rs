//! When what of a round is open.
use crate::errors::{Code, Refusal};
use crate::time::Timestamp;

/// The days of a round (日程). Each span holds its beginning and not its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Institutions report demand from here
    pub demand_from: Timestamp,
    /// to here.
    pub demand_until: Timestamp,
    /// Manufacturers apply up to here.
    pub qualification_until: Timestamp,
    /// Bids are sealed from here
    pub bids_from: Timestamp,
    /// to here, the deadline.
    pub bids_until: Timestamp,
    /// Custodians may give their shares from here.
    pub opening_from: Timestamp,
}

impl Calendar {
    /// Demand before bids, applications before the deadline, opening after it. Errors: `CALENDAR_INVALID`, naming the first date that
    /// is out of order.
    pub fn check(&self) -> Result<(), Refusal> {
        let ordered = [
            ("calendar.demandUntil", self.demand_from < self.demand_until),
            ("calendar.bidsFrom", self.demand_until <= self.bids_from),
            ("calendar.bidsUntil", self.bids_from < self.bids_until),
            ("calendar.qualificationUntil", self.demand_from < self.qualification_until),
            ("calendar.qualificationUntil", self.qualification_until <= self.bids_until),
            ("calendar.openingFrom", self.bids_until <= self.opening_from),
        ];
        match ordered.iter().find(|(_, holds)| !holds) {
            Some((field, _)) => Err(Refusal::of(Code::CalendarInvalid).at(field)),
            None => Ok(()),
        }
    }

    /// A round is published before any of its dates. Errors: `CALENDAR_INVALID`.
    pub fn begins_after(&self, now: Timestamp) -> Result<(), Refusal> {
        if now < self.demand_from {
            Ok(())
        } else {
            Err(Refusal::of(Code::CalendarInvalid).at("calendar.demandFrom"))
        }
    }

    /// A correction moves only what lies ahead, and moves it to what lies ahead: what is over stays as it was. Only the end of demand, once
    /// it is over, can still be put off until bids are taken. Errors: `CALENDAR_INVALID`, naming the date.
    pub fn may_become(&self, corrected: &Calendar, now: Timestamp) -> Result<(), Refusal> {
        let ahead = |date: Timestamp| (date, date);
        let dates = [
            ("calendar.demandFrom", ahead(self.demand_from), corrected.demand_from),
            ("calendar.demandUntil", (self.demand_until, self.bids_from), corrected.demand_until),
            ("calendar.qualificationUntil", ahead(self.qualification_until), corrected.qualification_until),
            ("calendar.bidsFrom", ahead(self.bids_from), corrected.bids_from),
            ("calendar.bidsUntil", ahead(self.bids_until), corrected.bids_until),
            ("calendar.openingFrom", ahead(self.opening_from), corrected.opening_from),
        ];
        let movable =
            |(before, last): (Timestamp, Timestamp), after| before == after || (now < last && now < after);
        match dates.iter().find(|(_, before, after)| !movable(*before, *after)) {
            Some((field, _, _)) => Err(Refusal::of(Code::CalendarInvalid).at(field)),
            None => corrected.check(),
        }
    }
}
