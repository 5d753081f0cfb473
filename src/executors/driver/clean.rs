//! Outcomes without secrets: what comes back from outside is cleaned before it is an event.

use crate::outcome::{Exchange, Failure, Progress};
use crate::secret::Redactor;

/// The end of an exchange without secrets.
pub(super) fn exchange(exchange: Exchange, redactor: &Redactor) -> Exchange {
    match exchange {
        Exchange::Done { result } => Exchange::Done { result: redactor.value(result) },
        Exchange::Failed { failure } => Exchange::Failed { failure: self::failure(failure, redactor) },
        Exchange::Again { after, progress: Progress { fraction, message, status } } => {
            let message = redactor.text(&message).into_owned();
            let status = redactor.text(&status).into_owned();
            Exchange::Again { after, progress: Progress { fraction, message, status } }
        }
    }
}

/// A failure without secrets.
pub(super) fn failure(failure: Failure, redactor: &Redactor) -> Failure {
    // Written out, so that a new field is not forgotten.
    let Failure { class, code, message, status, request_id, retry_after } = failure;
    Failure {
        class,
        code: redactor.text(&code).into_owned(),
        message: redactor.text(&message).into_owned(),
        status,
        request_id: request_id.map(|id| redactor.text(&id).into_owned()),
        retry_after,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::duration::Millis;
    use crate::outcome::ErrorClass;

    const CANARY: &str = "canary-number-42";

    #[test]
    fn no_field_of_an_outcome_keeps_a_secret() {
        let mut redactor = Redactor::default();
        redactor.add("key", CANARY);
        let progress = Progress { fraction: Some(0.5), message: CANARY.into(), status: CANARY.into() };
        let failed = Failure {
            status: Some(418),
            request_id: Some(CANARY.into()),
            retry_after: Some(Millis(5)),
            ..Failure::new(ErrorClass::Rejected, CANARY, CANARY)
        };
        let outcomes = [
            Exchange::Done { result: json!({ CANARY: [CANARY] }) },
            Exchange::Again { after: Millis(1), progress },
            Exchange::Failed { failure: failed },
        ];
        for outcome in outcomes {
            let clean = serde_json::to_string(&exchange(outcome.clone(), &redactor)).unwrap();
            let dirty = serde_json::to_string(&outcome).unwrap();
            assert_eq!(clean, dirty.replace(CANARY, "[key]"));
        }
    }
}
