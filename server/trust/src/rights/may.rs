//! The one answer.

use super::{Caller, GuestLevel, Guests, Operators, Person, Right, Role, Row, SpeakerState, Target};

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// A login could help: 401.
    #[error("this needs a login")]
    Login,
    /// The role does not have the right: 403.
    #[error("this needs the role {0}")]
    Role(&'static str),
    /// The operator or the token is bound to other zones or labels: 403.
    #[error("this is outside of the zones and labels that you are bound to")]
    Bound,
    /// The token's scopes do not name the right: 403.
    #[error("this token does not have the scope {0:?}")]
    Scope(Right),
    /// The zone is not open to guests: 401, since a login could help.
    #[error("this zone is not open to guests")]
    ClosedZone,
    /// The password was given too long ago: 401 `password_again`.
    #[error("this asks for your password once more")]
    PasswordAgain,
    /// A speaker that is not adopted, or asks for what no speaker may: 403.
    #[error("this speaker may not do that")]
    Speaker,
}

/// Answers whether `caller` may do `right` to `target`. What the table does not allow is denied.
pub fn may(caller: &Caller, right: Right, target: &Target<'_>) -> Result<(), Denied> {
    let row = right.row();
    match caller {
        Caller::Nobody if row.nobody => Ok(()),
        Caller::Nobody => Err(Denied::Login),
        Caller::Guest { level, .. } => guest(*level, row, target),
        Caller::Person(person) => self::person(person, right, row, target),
        Caller::Speaker { state, id, .. } => speaker(*state, *id, row, right, target),
    }
}

/// Answers whether there is anything at all to which `caller` may do `right`. It is asked before the target is known;
/// the answer for the target itself comes after it.
pub fn may_some(caller: &Caller, right: Right) -> Result<(), Denied> {
    let row = right.row();
    match (may(caller, right, &Target::All), caller) {
        (Err(Denied::Login), Caller::Guest { level: GuestLevel::Control, .. }) if row.guests == Guests::OpenZones => {
            Ok(())
        }
        (Err(Denied::Bound), _) if row.operators == Operators::Bound => Ok(()),
        (Err(Denied::Role(_)), Caller::Person(_)) if row.operators == Operators::Own => Ok(()),
        (Err(Denied::Speaker), Caller::Speaker { state: SpeakerState::Adopted, .. }) if row.speakers => Ok(()),
        (answer, _) => answer,
    }
}

/// Answers for many targets at once: all, or nothing.
pub fn may_all<'a>(
    caller: &Caller,
    right: Right,
    targets: impl IntoIterator<Item = &'a Target<'a>>,
) -> Result<(), Denied> {
    targets.into_iter().try_for_each(|target| may(caller, right, target))
}

fn guest(level: GuestLevel, row: Row, target: &Target<'_>) -> Result<(), Denied> {
    let open = match target {
        Target::Zone(zone) => Some(zone.open),
        Target::Speaker(speaker) => Some(speaker.open),
        Target::All | Target::User(_) | Target::Media { .. } => None,
    };
    match (row.guests, level, open) {
        (Guests::Listening, _, _) | (Guests::OpenZones, GuestLevel::Control, Some(true)) => Ok(()),
        (Guests::OpenZones, GuestLevel::Control, Some(false)) => Err(Denied::ClosedZone),
        _ => Err(Denied::Login),
    }
}

fn person(person: &Person, right: Right, row: Row, target: &Target<'_>) -> Result<(), Denied> {
    if right == Right::Speak {
        return Err(Denied::Role("speaker"));
    }
    // what anybody may needs no scope
    if row.nobody {
        return Ok(());
    }
    if person.scopes.as_ref().is_some_and(|scopes| !scopes.contains(&right)) {
        return Err(Denied::Scope(right));
    }
    match (person.role, row.operators) {
        (Role::Admin, _) if right == Right::Own => own(person, target)?,
        (Role::Admin, _) | (Role::Operator, Operators::Yes) => {}
        (Role::Operator, Operators::Own) => own(person, target)?,
        (Role::Operator, Operators::Bound) => within(person.bound.as_ref(), target)?,
        (Role::Operator, Operators::Unbound) if person.bound.is_none() => {}
        (Role::Operator, Operators::Unbound | Operators::No) => return Err(Denied::Role("admin")),
    }
    // a token's own binding takes away from all that it could change, an admin's token's too
    match row.operators {
        Operators::Bound => within(person.token_bound.as_ref(), target)?,
        Operators::Unbound | Operators::No if person.token_bound.is_some() => return Err(Denied::Bound),
        Operators::Yes | Operators::Own | Operators::Unbound | Operators::No => {}
    }
    if right.is_dangerous() && !person.fresh {
        return Err(Denied::PasswordAgain);
    }
    Ok(())
}

fn own(person: &Person, target: &Target<'_>) -> Result<(), Denied> {
    match target {
        Target::User(name) if *name == person.name => Ok(()),
        _ => Err(Denied::Role("admin")),
    }
}

fn within(bound: Option<&super::Bound>, target: &Target<'_>) -> Result<(), Denied> {
    let Some(bound) = bound else { return Ok(()) };
    let held = match target {
        Target::Zone(zone) => bound.holds_zone(zone),
        Target::Speaker(speaker) => bound.holds_speaker(speaker),
        Target::All | Target::User(_) | Target::Media { .. } => false,
    };
    if held { Ok(()) } else { Err(Denied::Bound) }
}

fn speaker(
    state: SpeakerState,
    id: Option<downbeat_protocol::SpeakerId>,
    row: Row,
    right: Right,
    target: &Target<'_>,
) -> Result<(), Denied> {
    if row.nobody {
        return Ok(());
    }
    let itself = match (right, target) {
        (Right::Speak, Target::Speaker(speaker)) => id == Some(speaker.id),
        (Right::Listen, Target::Media { planned }) => *planned,
        _ => false,
    };
    if state == SpeakerState::Adopted && row.speakers && itself { Ok(()) } else { Err(Denied::Speaker) }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use downbeat_protocol::{SpeakerId, ZoneId};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::rights::{Bound, SpeakerFacts, Way, ZoneFacts};

    fn zone_id(n: u128) -> ZoneId {
        ZoneId(Uuid::from_u128(n))
    }

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn bound(zones: &[u128], pairs: &[(&str, &str)]) -> Bound {
        Bound { zones: zones.iter().map(|n| zone_id(*n)).collect(), labels: labels(pairs).into_iter().collect() }
    }

    fn operator(bound: Option<Bound>) -> Person {
        Person {
            name: "olga".into(),
            role: Role::Operator,
            bound,
            way: Way::Session,
            scopes: None,
            token_bound: None,
            max_volume: None,
            fresh: true,
        }
    }

    fn admin() -> Person {
        Person { name: "ada".into(), role: Role::Admin, ..operator(None) }
    }

    fn as_caller(person: Person) -> Caller {
        Caller::Person(Box::new(person))
    }

    fn guest(level: GuestLevel) -> Caller {
        Caller::Guest { level, max_volume: None }
    }

    const NONE: &[&BTreeMap<String, String>] = &[];

    fn zone<'a>(n: u128, open: bool, speakers: &'a [&'a BTreeMap<String, String>]) -> Target<'a> {
        Target::Zone(ZoneFacts { id: zone_id(n), open, speakers })
    }

    #[test]
    fn nobody_may_what_is_public_and_nothing_else() {
        for right in Right::ALL {
            let allowed = may(&Caller::Nobody, *right, &zone(1, true, NONE)).is_ok();
            assert_eq!(allowed, *right == Right::Public, "{right}");
        }
    }

    #[test]
    fn guests_control_open_zones_if_guests_may_control() {
        let (control, listen) = (guest(GuestLevel::Control), guest(GuestLevel::Listen));
        for right in [Right::Steer, Right::Queue, Right::Volume] {
            assert_eq!(may(&control, right, &zone(1, true, NONE)), Ok(()));
            assert_eq!(may(&control, right, &zone(1, false, NONE)), Err(Denied::ClosedZone));
            assert_eq!(may(&listen, right, &zone(1, true, NONE)), Err(Denied::Login));
            assert_eq!(may(&control, right, &Target::All), Err(Denied::Login), "all zones are not one that is open");
        }
        for right in [Right::Arrange, Right::History, Right::Details, Right::Playlists, Right::Backup, Right::Speak] {
            assert_eq!(may(&control, right, &zone(1, true, NONE)), Err(Denied::Login), "{right}");
        }
        assert_eq!(may(&listen, Right::Listen, &Target::Media { planned: false }), Ok(()));
    }

    #[test]
    fn what_nobody_of_that_kind_may_is_refused_before_the_target_is_known() {
        let (control, listen) = (guest(GuestLevel::Control), guest(GuestLevel::Listen));
        let bound = as_caller(operator(Some(bound(&[1], &[]))));
        for right in Right::ALL {
            let row = right.row();
            assert_eq!(may_some(&Caller::Nobody, *right).is_ok(), row.nobody, "{right}");
            assert_eq!(may_some(&listen, *right).is_ok(), row.guests == Guests::Listening, "{right}");
            assert_eq!(may_some(&control, *right).is_ok(), row.guests != Guests::No, "{right}");
            let some = !matches!(row.operators, Operators::No | Operators::Unbound);
            assert_eq!(may_some(&bound, *right).is_ok(), some, "{right}");
            assert_eq!(may_some(&as_caller(admin()), *right).is_ok(), *right != Right::Speak, "{right}");
        }
        let token = Person { token_bound: Some(Bound::default()), ..admin() };
        assert_eq!(may_some(&as_caller(token), Right::Backup), Err(Denied::Bound), "a bound token is no admin's");
    }

    #[test]
    fn a_bound_operator_acts_on_zones_and_speakers_that_are_theirs() {
        let ours = labels(&[("site", "41"), ("floor", "2")]);
        let theirs = labels(&[("site", "42")]);
        let bound_to = |bound| as_caller(operator(Some(bound)));
        let by_zone = bound_to(bound(&[1], &[]));
        let by_label = bound_to(bound(&[], &[("site", "41")]));
        let speaker = |zone, labels| {
            Target::Speaker(SpeakerFacts { id: SpeakerId(Uuid::nil()), zone: zone_id(zone), open: true, labels })
        };
        let (both, mixed) = ([&ours, &ours], [&ours, &theirs]);
        let steer = |caller, target: Target<'_>| may(caller, Right::Steer, &target);
        assert_eq!(steer(&by_zone, zone(1, false, NONE)), Ok(()));
        assert_eq!(steer(&by_zone, zone(2, true, NONE)), Err(Denied::Bound));
        assert_eq!(steer(&by_label, zone(2, true, &both)), Ok(()));
        assert_eq!(steer(&by_label, zone(2, true, &mixed)), Err(Denied::Bound), "all of them");
        assert_eq!(steer(&by_label, zone(2, true, NONE)), Err(Denied::Bound), "an empty zone is nobody's");
        assert_eq!(may(&by_label, Right::Arrange, &speaker(2, &ours)), Ok(()));
        assert_eq!(may(&by_label, Right::Arrange, &speaker(2, &theirs)), Err(Denied::Bound));
        assert_eq!(may(&by_zone, Right::Arrange, &speaker(1, &theirs)), Ok(()));
        assert_eq!(may(&by_zone, Right::History, &Target::All), Err(Denied::Bound));
        assert_eq!(may(&by_zone, Right::Zones, &zone(1, true, NONE)), Err(Denied::Role("admin")));
        assert_eq!(may(&bound_to(Bound::default()), Right::Steer, &zone(1, true, NONE)), Err(Denied::Bound));
        let free = as_caller(operator(None));
        assert_eq!(may(&free, Right::Zones, &Target::All), Ok(()));
        assert_eq!(may(&free, Right::History, &Target::All), Ok(()));
        assert_eq!(may(&free, Right::Library, &Target::All), Err(Denied::Role("admin")));
        assert!(bound(&[], &[("site", "41")]).decides_by("site") && !bound(&[1], &[]).decides_by("site"));
        let many = [zone(1, true, NONE), zone(2, true, NONE)];
        assert_eq!(may_all(&by_zone, Right::Steer, &many), Err(Denied::Bound), "all or nothing");
        assert_eq!(may_all(&by_zone, Right::Steer, &many[..1]), Ok(()));
    }

    #[test]
    fn admins_may_everything_but_be_a_speaker() {
        for right in Right::ALL {
            let target = if *right == Right::Own { Target::User("ada") } else { Target::All };
            let expected = if *right == Right::Speak { Err(Denied::Role("speaker")) } else { Ok(()) };
            assert_eq!(may(&as_caller(admin()), *right, &target), expected, "{right}");
        }
        assert_eq!(may(&as_caller(operator(None)), Right::Own, &Target::User("ada")), Err(Denied::Role("admin")));
        assert_eq!(may(&as_caller(operator(None)), Right::Own, &Target::User("olga")), Ok(()));
    }

    #[test]
    fn what_is_dangerous_asks_for_a_password_that_was_given_lately() {
        let stale = as_caller(Person { fresh: false, ..admin() });
        for right in [Right::Backup, Right::Users, Right::Trust, Right::Adopt] {
            assert_eq!(may(&stale, right, &Target::All), Err(Denied::PasswordAgain), "{right}");
        }
        assert_eq!(may(&stale, Right::Settings, &Target::All), Ok(()));
        let stale = as_caller(Person { fresh: false, ..operator(None) });
        assert_eq!(
            may(&stale, Right::Backup, &Target::All),
            Err(Denied::Role("admin")),
            "no hint to those that may not"
        );
    }

    #[test]
    fn a_speaker_speaks_for_itself_and_fetches_what_it_plays() {
        let mine = SpeakerId(Uuid::from_u128(1));
        let none = labels(&[]);
        let of = |state| Caller::Speaker { key: None, id: Some(mine), state };
        let row = |id| Target::Speaker(SpeakerFacts { id, zone: zone_id(1), open: true, labels: &none });
        let adopted = of(SpeakerState::Adopted);
        assert_eq!(may(&adopted, Right::Speak, &row(mine)), Ok(()));
        assert_eq!(may(&adopted, Right::Speak, &row(SpeakerId(Uuid::from_u128(2)))), Err(Denied::Speaker));
        assert_eq!(may(&adopted, Right::Listen, &Target::Media { planned: true }), Ok(()));
        assert_eq!(may(&adopted, Right::Listen, &Target::Media { planned: false }), Err(Denied::Speaker));
        for right in Right::ALL.iter().filter(|right| ![Right::Public, Right::Speak].contains(right)) {
            assert_eq!(may(&adopted, *right, &row(mine)), Err(Denied::Speaker), "{right}");
        }
        for state in [SpeakerState::Pending, SpeakerState::Refused, SpeakerState::Revoked] {
            for right in Right::ALL.iter().filter(|right| **right != Right::Public) {
                for target in [row(mine), Target::Media { planned: true }, Target::All] {
                    assert_eq!(may(&of(state), *right, &target), Err(Denied::Speaker), "{state:?} {right}");
                }
            }
        }
        let unnamed = Caller::Speaker { key: None, id: None, state: SpeakerState::Adopted };
        assert_eq!(may(&unnamed, Right::Speak, &row(mine)), Err(Denied::Speaker));
    }

    fn any_right() -> impl Strategy<Value = Right> {
        (0..Right::ALL.len()).prop_map(|at| Right::ALL[at])
    }

    proptest! {
        /// Scopes and bindings of a token only ever take away, and a role below never has more than one above.
        #[test]
        fn narrowing_never_gives(
            right in any_right(),
            scopes in proptest::option::of(proptest::collection::btree_set(any_right(), 0..12)),
            user_zones in proptest::option::of(proptest::collection::btree_set(0_u128..4, 0..3)),
            token_zones in proptest::option::of(proptest::collection::btree_set(0_u128..4, 0..3)),
            is_admin: bool,
            fresh: bool,
            asked in 0_u128..4,
        ) {
            let within = |zones: Option<BTreeSet<u128>>| zones.map(|z| bound(&z.into_iter().collect::<Vec<_>>(), &[]));
            let base = if is_admin { admin() } else { operator(within(user_zones)) };
            let narrowed = Person { scopes, token_bound: within(token_zones), fresh, ..base.clone() };
            let target = zone(asked, false, NONE);
            if may(&as_caller(narrowed.clone()), right, &target).is_ok() {
                prop_assert_eq!(may(&as_caller(base.clone()), right, &target), Ok(()));
                prop_assert_eq!(may_some(&as_caller(narrowed), right), Ok(()), "it is not refused before it is asked");
            }
            if may(&as_caller(base), right, &target).is_ok() {
                prop_assert_eq!(may(&as_caller(admin()), right, &target), Ok(()));
            }
            if right != Right::Public && may(&guest(GuestLevel::Listen), right, &target).is_ok() {
                prop_assert_eq!(may(&guest(GuestLevel::Control), right, &target), Ok(()));
                prop_assert_eq!(may(&as_caller(operator(None)), right, &target), Ok(()));
            }
        }
    }
}
