//! A concern is counted when it comes; a policy that takes effect counts everything anew. Both come to the same.

use std::sync::Arc;

use carehub_domain::Digest;
use carehub_domain::event::{Kind, Severity};
use carehub_domain::policy::{InForce, Policy};

use crate::said::{self, norfolk};
use crate::story::given;

const HOME: &str = "1-1000";

/// The pack, with the rule that adds up small concerns asked of every kind, so that each stands in a tally that fades.
fn every_kind_fades() -> Policy {
    let mut policy = norfolk();
    let score = policy.trigger.iter_mut().find(|one| one.id.as_str() == "low-level-cumulative");
    let carehub_domain::policy::Rule::Score { matching, .. } = &mut score.unwrap().rule else {
        panic!("it adds up");
    };
    matching.kinds = Kind::ALL.to_vec();
    matching.except_kinds.clear();
    policy
}

#[test]
fn what_is_counted_as_it_comes_is_counted_the_same_anew() {
    for policy in [norfolk(), every_kind_fades()] {
        let mut story = given(&policy);
        story.at("2024-02-01T10:00:00Z");
        let mut nth = 0;
        for kind in Kind::ALL {
            for named in [None, Some("incident"), Some("incident")] {
                for repaired in [false, true] {
                    nth += 1;
                    let incident = named.map(|name| format!("{name} {kind:?} {repaired}"));
                    let agency = if nth % 2 == 0 { "council-qa" } else { "police" };
                    story.raises(agency, HOME, &format!("c{nth}"), kind, Severity::Low, |c| {
                        c.incident_ref = incident.as_deref().map(Digest::of_incident);
                        c.details.permanent_repair = Some(repaired);
                        c.person_ref = (nth % 3 == 0).then(|| Digest::of_person("p"));
                    });
                }
            }
        }
        let as_it_came = story.state.home(&said::home(HOME)).unwrap();
        assert_eq!(as_it_came.concerns().count(), nth as usize);
        let mut anew = (**as_it_came).clone();
        anew.count_all(&InForce::new(Arc::new(policy)));
        assert!(anew == **as_it_came, "the tallies differ");
    }
}
