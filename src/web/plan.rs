//! `POST /api/v1/workflows/{name}/plan`: what a run would do, say and buy.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::daemon::opened::Given;
use crate::daemon::outlook::Bargain;
use crate::daemon::steer::Line;
use crate::web::answers::asked::PlanAsked;
use crate::web::answers::plan::{Buy, PlanAnswer, Say};
use crate::web::errors::{Answer, Problem};
use crate::web::extract::{Named, Posted};
use crate::web::site::Site;
use crate::web::workflows::known;

/// The handler.
pub(crate) async fn plan(
    State(site): State<Arc<Site>>,
    Named(name): Named,
    Posted { body, .. }: Posted<PlanAsked>,
) -> Answer<Json<PlanAnswer>> {
    let definition = known(&site, &name).await?;
    let opened = definition.open(site.definitions.project()).map_err(|found| Problem::mistakes(&found))?;
    let given = Given { values: body.inputs, ..Given::default() };
    let outlook = site.runs.outlook(&opened, &given, &site.reaches.own).await?;
    let buys: Vec<Buy> = outlook.buys.iter().map(Buy::of).collect();
    Ok(Json(PlanAnswer {
        plan: outlook.plan,
        svg: outlook.svg,
        says: outlook.says.iter().map(Say::of).collect(),
        credits: buys.iter().map(|buy| buy.credits).sum(),
        buys,
        duration_ms: outlook.length.map(|length| length.0),
    }))
}

impl Say {
    /// A line that would go out.
    pub(crate) fn of(line: &Line) -> Self {
        Self { step: line.step.clone(), text: line.text.clone(), room: line.room.clone() }
    }
}

impl Buy {
    /// An agent that would be bought.
    pub(crate) fn of(bargain: &Bargain) -> Self {
        let Bargain { step, model, credits, why } = bargain.clone();
        Self { step, model, credits, why }
    }
}
