//! The account: who it is, what things cost, what is left.

use serde_json::{Value, json};

use crate::sandbox::answers::{Answer, Refusal};
use crate::sandbox::service::{Call, Service};

/// `GET /v1/me`.
pub(crate) fn me(service: &mut Service, _: &Call) -> Result<Answer, Refusal> {
    let (plan, plan_code) = service.settings.tier.plan().unzip();
    let data = json!({
        "user_id": service.state.user_id,
        "email": "sandbox@localhost",
        "plan": plan,
        "plan_code": plan_code,
        "credit_balance": service.state.balance,
        "plan_credits_remaining": 0,
        "topup_credits_remaining": service.state.balance,
        "account_status": "active",
    });
    Ok(Answer::ok(json!({"data": data, "status": "success", "status_code": 200})))
}

/// `GET /v1/pricing`.
pub(crate) fn pricing(_: &mut Service, _: &Call) -> Result<Answer, Refusal> {
    let by_model = json!({
        "essence-1": 250,
        "expression-1": 250,
        "essence-2": 500,
        "essence-2-max": 500,
        "expression-2": 2000,
        "auto": 2000,
    });
    let data = json!({"unit": "credits", "agent_generation": {"unit": "credits", "by_model": by_model}});
    Ok(Answer::ok(json!({"success": true, "data": data})))
}

/// `GET /v2/credit-summaries`: the balance as a float.
pub(crate) fn credit_summaries(service: &mut Service, _: &Call) -> Result<Answer, Refusal> {
    let balance = service.state.balance as f64;
    let minutes: Value = json!({"essence": balance, "expression": balance / 2.0});
    let data = json!({
        "user_id": service.state.user_id,
        "balance": balance,
        "plan_credits": 0.0,
        "topup_credits": balance,
        "minutes_estimate": minutes,
    });
    Ok(Answer::ok(json!({"success": true, "data": data})))
}
