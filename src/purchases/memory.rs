//! Purchases that end with their process: for tests and for runs that reach nobody.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Bought, Face, Purchase, PurchaseError, PurchaseState, Purchases, Reply};

/// Purchases in memory.
#[derive(Debug, Default)]
pub struct MemoryPurchases(Mutex<Vec<Purchase>>);

impl MemoryPurchases {
    fn all(&self) -> MutexGuard<'_, Vec<Purchase>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, key: &str, change: impl FnOnce(&mut Purchase)) -> Result<(), PurchaseError> {
        let mut all = self.all();
        let found = all.iter_mut().find(|purchase| purchase.key == key);
        found.map(change).ok_or_else(|| PurchaseError::NoPurchase(key.to_owned()))
    }

    fn add(&self, purchase: &Purchase) -> Result<(), PurchaseError> {
        let mut all = self.all();
        let is_same = |other: &Purchase| {
            other.key == purchase.key || (other.face == purchase.face && other.ordinal == purchase.ordinal)
        };
        if all.iter().any(is_same) {
            return Err(PurchaseError::Raced);
        }
        all.push(purchase.clone());
        Ok(())
    }
}

impl Purchases for MemoryPurchases {
    fn known<'a>(&'a self, face: &Face) -> Reply<'a, Vec<Purchase>> {
        let mut known: Vec<Purchase> = self.all().iter().filter(|purchase| purchase.face == *face).cloned().collect();
        known.sort_by_key(|purchase| purchase.ordinal);
        ready(Ok(known))
    }

    fn find<'a>(&'a self, key: &str) -> Reply<'a, Option<Purchase>> {
        ready(Ok(self.all().iter().find(|purchase| purchase.key == key).cloned()))
    }

    fn intend<'a>(&'a self, purchase: &Purchase) -> Reply<'a, ()> {
        ready(self.add(purchase))
    }

    fn bought<'a>(&'a self, key: &str, bought: &Bought) -> Reply<'a, ()> {
        ready(self.change(key, |purchase| {
            purchase.agent = Some(bought.agent.clone());
            purchase.credits = bought.credits;
            purchase.state = PurchaseState::Bought;
        }))
    }

    fn abandon<'a>(&'a self, key: &str) -> Reply<'a, ()> {
        ready(self.change(key, |purchase| purchase.state = PurchaseState::Gone))
    }

    fn gone<'a>(&'a self, service: &str, agent: &str) -> Reply<'a, ()> {
        let is_it = |purchase: &&mut Purchase| purchase.service == service && purchase.agent.as_deref() == Some(agent);
        self.all().iter_mut().filter(is_it).for_each(|purchase| purchase.state = PurchaseState::Gone);
        ready(Ok(()))
    }
}

fn ready<'a, T: Send + 'a>(result: Result<T, PurchaseError>) -> Reply<'a, T> {
    Box::pin(std::future::ready(result))
}
