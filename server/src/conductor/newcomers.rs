//! Speakers that nobody has heard of, and the zones that they name: bounded, for anybody can say hello.

use std::net::IpAddr;

use super::{Conductor, ConductorError};

impl Conductor {
    /// Refuses a new speaker where there are too many, in all or from its address.
    pub(super) fn room_for_newcomer(&self, address: IpAddr) -> Result<(), ConductorError> {
        let most = self.0.settings.max_speakers;
        if self.0.fleet.len() >= most {
            return Err(ConductorError::TooMany { what: "speakers", most });
        }
        if self.0.arrivals.may_come(address, self.0.clock.now()) {
            return Ok(());
        }
        Err(ConductorError::TooManyNewcomers)
    }

    /// Refuses another zone where there are too many.
    pub(super) fn room_for_zone(&self) -> Result<(), ConductorError> {
        self.room_for_zones(self.0.settings.max_zones)
    }

    /// The same of a zone that a speaker names: people keep half of the room for themselves.
    pub(super) fn room_for_named_zone(&self) -> Result<(), ConductorError> {
        self.room_for_zones(self.0.settings.max_zones / 2)?;
        if self.0.arrivals.may_make_zone(self.0.clock.now()) {
            return Ok(());
        }
        Err(ConductorError::TooManyNewcomers)
    }

    fn room_for_zones(&self, most: usize) -> Result<(), ConductorError> {
        if self.zone_count() < most {
            return Ok(());
        }
        Err(ConductorError::TooMany { what: "zones", most })
    }
}
