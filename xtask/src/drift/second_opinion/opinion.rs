//! What the second comparison adds to the first, and what it could not look at.

use std::collections::BTreeSet;

use super::Both;
use crate::drift::{finding::Place, kind::meta::SECOND_OPINION, verdict::Direction};

const UNTOLD: &str =
    "the documents differ, the first comparison finds nothing and the second fails";

/// What only the second comparison sees, or neither.
#[derive(Debug)]
pub(in crate::drift) struct Extra {
    pub(in crate::drift) place: Place,
    pub(in crate::drift) direction: Direction,
    pub(in crate::drift) what: String,
    pub(in crate::drift) why: &'static str,
    /// Numbers of the operations that lead there.
    pub(in crate::drift) operations: BTreeSet<usize>,
}

/// What the second comparison adds, and notes on operations that it could not compare.
#[derive(Debug, Default)]
pub(in crate::drift) struct Opinion {
    pub(in crate::drift) extras: Vec<Extra>,
    pub(in crate::drift) notes: Vec<String>,
}

impl Opinion {
    pub(super) fn add(
        &mut self,
        place: Place,
        direction: Direction,
        what: &str,
        operations: BTreeSet<usize>,
    ) {
        let same = self.extras.iter_mut().find(|extra| extra.place == place && extra.what == what);
        match same {
            Some(extra) => extra.operations.extend(operations),
            None => self.extras.push(Extra {
                place,
                direction,
                what: what.to_owned(),
                why: SECOND_OPINION.case(direction).why,
                operations,
            }),
        }
    }

    pub(super) fn untold(&mut self, place: Place, title: String, operations: BTreeSet<usize>) {
        let what = format!("{title}: no comparison tells how the documents differ");
        let direction = Direction::Whole;
        self.extras.push(Extra { place, direction, what, why: UNTOLD, operations });
    }

    /// One note on all operations that were not compared for one reason.
    pub(super) fn note(&mut self, why: &str, operations: &[Both<'_>]) {
        const NAMED: usize = 3;
        if operations.is_empty() {
            return;
        }
        let names: Vec<String> = operations.iter().take(NAMED).map(Both::title).collect();
        let more = match operations.len() {
            count if count > NAMED => format!(" and {} more", count - NAMED),
            _ => String::new(),
        };
        self.notes
            .push(format!("no second opinion on operations {why}: {}{more}", names.join(", ")));
    }
}
