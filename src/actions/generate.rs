//! `generate`: buys a new agent. Paid for once: see the purchases.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actions::action::{Action, Estimate, Exchanging, Fields};
use crate::actions::context::Context;
use crate::actions::exchange;
use crate::actions::fields::{Media, Text};
use crate::bithuman::GenerateRequest;
use crate::outcome::{Effect, Exchange, Failure, Tier};

/// Creates an agent: a face, a voice, a character. Costs credits, once: the same again is reused.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    /// Who the agent is and how it speaks. The service invents one when it is left out.
    prompt: Option<Text>,
    /// A picture of the face: a URL, `data:`, or a file of the project.
    image: Option<Media>,
    /// A film of the face and its mannerisms.
    video: Option<Media>,
    /// A sample of the voice.
    audio: Option<Media>,
    /// The picture's aspect ratio; `16:9` when left out.
    aspect_ratio: Option<AspectRatio>,
    /// The film's aspect ratio; `16:9` when left out.
    video_aspect_ratio: Option<AspectRatio>,
    /// An identifier of your own, in place of the one the service makes.
    agent_id: Option<Text>,
    /// The length of the source film in seconds; 10 when left out.
    #[schemars(range(min = 1, max = 600))]
    duration: Option<f64>,
    /// The model that animates the face; it sets the price.
    model: Option<Model>,
    /// The model's version.
    version: Option<Version>,
    /// Whether the background is transparent.
    transparency: Option<bool>,
    /// How much of the body is shown.
    framing: Option<Framing>,
    /// Whether an agent that was bought before from the same fields is used again; true when left out.
    #[expect(dead_code, reason = "read by the purchases, from the fields as written")]
    reuse: Option<bool>,
}

/// The shape of a picture.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub enum AspectRatio {
    /// Wide.
    #[serde(rename = "16:9")]
    Wide,
    /// Upright.
    #[serde(rename = "9:16")]
    Upright,
    /// Square.
    #[serde(rename = "1:1")]
    Square,
}

/// The model that animates the face.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// The service's present expressive model.
    Expression,
    /// The service's present essential model.
    Essence,
    /// The first essential model: 250 credits.
    #[serde(rename = "essence-1")]
    Essence1,
    /// The first expressive model: 250 credits.
    #[serde(rename = "expression-1")]
    Expression1,
    /// The second essential model: 500 credits.
    #[serde(rename = "essence-2")]
    Essence2,
    /// The second essential model at its best: 500 credits.
    #[serde(rename = "essence-2-max")]
    Essence2Max,
    /// The second expressive model: 2,000 credits.
    #[serde(rename = "expression-2")]
    Expression2,
    /// The service chooses; counted as the dearest.
    Auto,
}

/// A model's version.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Version {
    /// The first.
    V1,
    /// The second.
    V2,
}

/// How much of the body is shown.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// Head and shoulders.
    Portrait,
    /// All of it.
    FullBody,
}

/// What `steps.<id>` shows of a creation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Generated {
    /// The agent's code.
    pub agent_id: String,
    /// `processing` when just begun.
    pub status: String,
    /// Whether it was bought before and is used again.
    pub reused: bool,
}

impl Action for Generate {
    const NAME: &'static str = "generate";
    const SHORT: Option<&'static str> = Some("prompt");
    const TIER: Tier = Tier::Generate;
    const BILLABLE: bool = true;
    const EXAMPLE: &'static str = "\
- id: host
  generate:
    prompt: You are a warm, quick-witted launch host.
    aspect_ratio: \"16:9\"
";
    type Output = Generated;

    fn effect(_: &Fields) -> Effect {
        Effect::Repeatable
    }

    fn estimate(_: &Fields) -> Estimate {
        Estimate { requests: 1, ..Estimate::default() }
    }
}

impl Exchanging for Generate {
    async fn execute(self, context: &Context<'_>) -> Exchange {
        let Some(key) = context.idempotency_key else {
            return exchange::failed(Failure::rejected("missing_key", "a purchase needs its idempotency key"));
        };
        let request = match self.into_request(context) {
            Ok(request) => request,
            Err(failure) => return exchange::failed(failure),
        };
        let answer = context.client.generate(&request, key).await;
        exchange::done(answer.map(|made| Generated { agent_id: made.agent_id, status: made.status, reused: false }))
    }
}

impl Generate {
    fn into_request(self, context: &Context<'_>) -> Result<GenerateRequest, Failure> {
        let media = |media: Option<Media>| media.map(|media| to_sent(media, context)).transpose();
        Ok(GenerateRequest {
            prompt: self.prompt.map(|text| text.0),
            image: media(self.image)?,
            video: media(self.video)?,
            audio: media(self.audio)?,
            aspect_ratio: self.aspect_ratio.map(word),
            video_aspect_ratio: self.video_aspect_ratio.map(word),
            agent_id: self.agent_id.map(|text| text.0),
            duration: self.duration,
            model: self.model.map(word),
            version: self.version.map(word),
            transparency: self.transparency,
            framing: self.framing.map(word),
        })
    }
}

/// A URL as it is; a file's content as base64 data.
fn to_sent(media: Media, context: &Context<'_>) -> Result<String, Failure> {
    match media {
        Media::Url(url) if ["http://", "https://", "data:"].iter().any(|scheme| url.starts_with(scheme)) => Ok(url),
        Media::Url(other) => {
            let message = format!("`{other}` is neither a URL nor a file that was known when the run started");
            Err(Failure::rejected("not_a_url", message))
        }
        Media::File { file, sha256 } => {
            let bytes = context
                .store
                .file(&sha256)
                .map_err(|reason| Failure::rejected("missing_file", format!("`{file}` cannot be read: {reason}")))?;
            Ok(format!("data:{};base64,{}", media_type(&file), STANDARD.encode(bytes)))
        }
    }
}

/// The media type that a file's name tells.
fn media_type(file: &str) -> &'static str {
    let extension = file.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mov" => "video/quicktime",
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "ogg" => "audio/ogg",
        "flac" => "audio/flac",
        _ => "application/octet-stream",
    }
}

/// The word of the service for a choice.
fn word<T: Serialize>(choice: T) -> String {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
