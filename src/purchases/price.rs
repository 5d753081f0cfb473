//! What making an agent costs.

use indexmap::IndexMap;

/// What the service publishes; its own list, when it was read, says it anew.
const PUBLISHED: [(&str, u64); 6] = [
    ("essence-1", 250),
    ("expression-1", 250),
    ("essence-2", 500),
    ("essence-2-max", 500),
    ("expression-2", 2000),
    ("auto", 2000),
];

/// The model that is made when a step names none.
const DEFAULT_MODEL: &str = "expression";

/// Credits by model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices(IndexMap<String, u64>);

impl Default for Prices {
    fn default() -> Self {
        Self(PUBLISHED.iter().map(|(model, credits)| ((*model).to_owned(), *credits)).collect())
    }
}

impl Prices {
    /// The same, with what the service's own list says in place of what is published.
    pub fn updated(mut self, by_model: IndexMap<String, u64>) -> Self {
        self.0.extend(by_model);
        self
    }

    /// The credits that making one agent costs.
    ///
    /// A model without a number is that of `version`, `v1` when there is none. A model that nobody knows is taken
    /// to cost as much as the dearest, so that a limit is never passed by a surprise.
    pub fn credits(&self, model: Option<&str>, version: Option<&str>) -> u64 {
        let model = model.unwrap_or(DEFAULT_MODEL);
        let number = version.unwrap_or("v1").trim_start_matches('v');
        let named = self.0.get(model).or_else(|| self.0.get(&format!("{model}-{number}")));
        named.or_else(|| self.0.values().max()).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_costs_what_is_published_until_the_service_says_otherwise() {
        let prices = Prices::default();
        assert_eq!(prices.credits(None, None), 250);
        assert_eq!(prices.credits(Some("essence"), Some("v2")), 500);
        assert_eq!(prices.credits(None, Some("v2")), 2000);
        assert_eq!(prices.credits(Some("essence-2-max"), None), 500);
        let prices = prices.updated(IndexMap::from([("expression-1".to_owned(), 300)]));
        assert_eq!(prices.credits(None, None), 300);
        assert_eq!(prices.credits(Some("auto"), None), 2000);
    }

    #[test]
    fn an_unknown_model_costs_as_much_as_the_dearest() {
        assert_eq!(Prices::default().credits(Some("hologram-9"), None), 2000);
    }
}
