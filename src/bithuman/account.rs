//! The account: `GET /v1/me`, `GET /v1/pricing`, `GET /v2/credit-summaries`.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account_tier::AccountTier;
use super::body::Body;
use super::client::{Answer, Client, Request};
use crate::outcome::Failure;

/// Whose secret it is, and what is left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// The account.
    pub user_id: String,
    /// Whom to write to.
    pub email: Option<String>,
    /// Its plan, for people.
    pub plan: Option<String>,
    /// Its plan, as a word.
    pub plan_code: Option<String>,
    /// Credits left.
    pub credit_balance: Option<f64>,
    /// Credits left of the plan.
    pub plan_credits_remaining: Option<f64>,
    /// Credits left that were bought besides.
    pub topup_credits_remaining: Option<f64>,
    /// Such as `active`.
    pub account_status: Option<String>,
}

/// What a creation costs, in credits, by model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceList {
    /// Credits by the service's name of the model.
    pub by_model: IndexMap<String, f64>,
}

/// What is left, and how long it lasts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CreditSummary {
    /// The account.
    pub user_id: Option<String>,
    /// Credits left.
    pub balance: f64,
    /// Credits left of the plan.
    pub plan_credits: Option<f64>,
    /// Credits left that were bought besides.
    pub topup_credits: Option<f64>,
    /// Minutes they last, by the service's name of what is done.
    pub minutes_estimate: IndexMap<String, f64>,
}

impl Account {
    /// The rate class of its plan, when that has a name we know.
    pub fn tier(&self) -> Option<AccountTier> {
        [&self.plan_code, &self.plan].into_iter().flatten().find_map(|plan| AccountTier::from_plan(plan))
    }

    fn read(body: Body<'_>) -> Option<Self> {
        Some(Self {
            user_id: body.text("user_id")?,
            email: body.text("email"),
            plan: body.text("plan"),
            plan_code: body.text("plan_code"),
            credit_balance: body.number("credit_balance"),
            plan_credits_remaining: body.number("plan_credits_remaining"),
            topup_credits_remaining: body.number("topup_credits_remaining"),
            account_status: body.text("account_status"),
        })
    }
}

impl Client {
    /// Asks whose secret it is; the plan teaches the rate limits.
    pub async fn me(&self) -> Result<Account, Failure> {
        self.me_with_answer().await.map(|(account, _)| account)
    }

    /// As [`Self::me`], with the answer that said it.
    pub(super) async fn me_with_answer(&self) -> Result<(Account, Answer), Failure> {
        let answer = self.call(Request::get(&["v1", "me"])).await?;
        let account = answer.read("`user_id`", |body| Account::read(body.data()))?;
        if let Some(tier) = account.tier() {
            self.rate_limits().learn_plan(tier);
        }
        Ok((account, answer))
    }

    /// Asks what creations cost.
    pub async fn pricing(&self) -> Result<PriceList, Failure> {
        self.call(Request::get(&["v1", "pricing"])).await?.read("`by_model` prices", |body| {
            let by_model = numbers(body.data().object("agent_generation")?.object("by_model")?);
            (!by_model.is_empty()).then_some(PriceList { by_model })
        })
    }

    /// Asks what is left and how long it lasts.
    pub async fn credit_summary(&self) -> Result<CreditSummary, Failure> {
        self.call(Request::get(&["v2", "credit-summaries"])).await?.read("`balance`", |body| {
            let body = body.data();
            Some(CreditSummary {
                user_id: body.text("user_id"),
                balance: body.number("balance")?,
                plan_credits: body.number("plan_credits"),
                topup_credits: body.number("topup_credits"),
                minutes_estimate: body.object("minutes_estimate").map(numbers).unwrap_or_default(),
            })
        })
    }
}

fn numbers(body: Body<'_>) -> IndexMap<String, f64> {
    let fields = body.0.as_object().into_iter().flatten();
    fields.filter_map(|(name, value)| Value::as_f64(value).map(|number| (name.clone(), number))).collect()
}
