//! What an action is: its name, its fields, its result, and one exchange.
//!
//! The catalogue holds a [`Descriptor`] of each; checks, plans, schemas and executors read nothing else.
//! Fields arrive rendered; an action knows neither templates nor journal nor who executes it.

use std::future::Future;
use std::pin::Pin;

use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::actions::context::Context;
use crate::duration::Millis;
use crate::outcome::{Effect, Exchange, Failure, Tier};

/// The fields of an action as written or as rendered.
pub type Fields = Map<String, Value>;

/// What a step can do.
pub trait Action: DeserializeOwned + JsonSchema + Send + 'static {
    /// The key in the file.
    const NAME: &'static str;
    /// The field that a string stands for.
    const SHORT: Option<&'static str> = None;
    /// The bucket of its requests.
    const TIER: Tier = Tier::None;
    /// Whether it is paid for.
    const BILLABLE: bool = false;
    /// Whom it addresses.
    const ADDRESS: Address = Address::Nobody;
    /// A complete step, as YAML, that runs against the sandbox.
    const EXAMPLE: &'static str;
    /// What `steps.<id>` shows.
    type Output: JsonSchema;

    /// What doing it again would do, from the fields as written.
    fn effect(fields: &Fields) -> Effect;

    /// What the types cannot say about the fields as written.
    fn check(_fields: &Fields) -> Vec<Mistake> {
        Vec::new()
    }

    /// What it takes, from the fields as written.
    fn estimate(_fields: &Fields) -> Estimate {
        Estimate { requests: u32::from(Self::TIER != Tier::None), ..Estimate::default() }
    }

    /// The name of the field that is spoken aloud, if one is.
    fn spoken(_fields: &Fields) -> Option<&'static str> {
        None
    }
}

/// An action that reaches for a service.
pub trait Exchanging: Action {
    /// Makes one exchange. The engine owns every wait.
    fn execute(self, context: &Context<'_>) -> impl Future<Output = Exchange> + Send;
}

/// Whom an action addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// Nobody.
    Nobody,
    /// An agent.
    Agent,
    /// An agent, in a room.
    Room,
}

/// A mistake in the fields of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The field it is in; the action itself when none.
    pub field: Option<String>,
    /// What is wrong.
    pub message: String,
    /// The fix.
    pub hint: Option<String>,
}

impl Mistake {
    /// What is wrong with a field in which nothing is written; the service refuses it.
    pub fn of_blank(fields: &Fields, field: &str) -> Option<Self> {
        let is_blank = fields.get(field)?.as_str()?.trim().is_empty();
        let hint = "write a text, or take the step out".to_owned();
        is_blank.then(|| Self {
            field: Some(field.to_owned()),
            message: format!("`{field}` is empty"),
            hint: Some(hint),
        })
    }
}

/// What an action takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Requests, in the action's own bucket.
    pub requests: u32,
    /// How long it takes at the least, beside its hold.
    pub length: Millis,
    /// Whether only a run can know how long it really takes.
    pub at_least: bool,
}

/// An exchange under way.
pub type Executing<'a> = Pin<Box<dyn Future<Output = Exchange> + Send + 'a>>;

/// An action as the catalogue knows it.
pub struct Descriptor {
    /// The key in the file.
    pub name: &'static str,
    /// The field that a string stands for.
    pub short: Option<&'static str>,
    /// The bucket of its requests.
    pub tier: Tier,
    /// Whether it is paid for.
    pub billable: bool,
    /// Whom it addresses.
    pub address: Address,
    /// A complete step that runs against the sandbox.
    pub example: &'static str,
    /// The schema of its fields.
    pub fields: fn() -> Schema,
    /// The schema of its result.
    pub output: fn() -> Schema,
    /// What doing it again would do.
    pub effect: fn(&Fields) -> Effect,
    /// What the types cannot say.
    pub check: fn(&Fields) -> Vec<Mistake>,
    /// What it takes.
    pub estimate: fn(&Fields) -> Estimate,
    /// The field that is spoken aloud.
    pub spoken: fn(&Fields) -> Option<&'static str>,
    /// Tells whether rendered fields can be read as the action's type.
    pub accepts: fn(&Fields) -> Result<(), String>,
    /// Makes one exchange with rendered fields; none for what only waits.
    pub execute: Option<for<'a> fn(Fields, &'a Context<'a>) -> Executing<'a>>,
}

impl Descriptor {
    /// Describes an action that only waits.
    pub const fn waiting<A: Action>() -> Self {
        Self {
            name: A::NAME,
            short: A::SHORT,
            tier: A::TIER,
            billable: A::BILLABLE,
            address: A::ADDRESS,
            example: A::EXAMPLE,
            fields: schema_of::<A>,
            output: schema_of::<A::Output>,
            effect: A::effect,
            check: A::check,
            estimate: A::estimate,
            spoken: A::spoken,
            accepts: accepts::<A>,
            execute: None,
        }
    }

    /// Describes an action that reaches for a service.
    pub const fn exchanging<A: Exchanging>() -> Self {
        Self { execute: Some(execute::<A>), ..Self::waiting::<A>() }
    }
}

fn schema_of<T: JsonSchema>() -> Schema {
    schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<T>()
}

fn read<A: Action>(fields: Fields) -> Result<A, String> {
    serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())
}

fn accepts<A: Action>(fields: &Fields) -> Result<(), String> {
    read::<A>(fields.clone()).map(drop)
}

fn execute<'a, A: Exchanging>(fields: Fields, context: &'a Context<'a>) -> Executing<'a> {
    Box::pin(async move {
        match read::<A>(fields) {
            Ok(action) => action.execute(context).await,
            Err(reason) => Exchange::Failed {
                failure: Failure::rejected("invalid_fields", format!("the rendered fields do not fit: {reason}")),
            },
        }
    })
}
