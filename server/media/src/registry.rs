//! Things with an id, found by a number in constant time.
//!
//! Ids come from outside and are looked up once a command; the packet path goes by [`Slot`]s. A
//! slot may be given to another thing after its own was removed, so whoever removes a thing also
//! removes every slot of it that was handed out.

use std::{collections::HashMap, hash::Hash, marker::PhantomData};

/// Owns the things.
#[derive(Debug)]
pub(crate) struct Registry<I, T> {
    slots: Vec<Option<T>>,
    free: Vec<u32>,
    by_id: HashMap<I, Slot<T>>,
}

/// The place of a thing.
#[derive(Debug)]
pub(crate) struct Slot<T>(u32, PhantomData<fn() -> T>);

impl<I: Copy + Eq + Hash, T> Registry<I, T> {
    /// Takes a thing in; `None`, and the thing is dropped, if the id is taken.
    pub(crate) fn insert(&mut self, id: I, thing: T) -> Option<Slot<T>> {
        if self.by_id.contains_key(&id) {
            return None;
        }
        let index = self.free.pop().unwrap_or(self.slots.len() as u32);
        if index as usize == self.slots.len() {
            self.slots.push(Some(thing));
        } else {
            self.slots[index as usize] = Some(thing);
        }
        let slot = Slot(index, PhantomData);
        self.by_id.insert(id, slot);
        Some(slot)
    }

    /// Lets a thing go.
    pub(crate) fn remove(&mut self, id: I) -> Option<(Slot<T>, T)> {
        let slot = self.by_id.remove(&id)?;
        self.free.push(slot.0);
        Some((slot, self.slots[slot.0 as usize].take()?))
    }

    /// The slot of an id.
    pub(crate) fn slot(&self, id: I) -> Option<Slot<T>> {
        self.by_id.get(&id).copied()
    }

    pub(crate) fn get(&self, slot: Slot<T>) -> Option<&T> {
        self.slots.get(slot.0 as usize)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, slot: Slot<T>) -> Option<&mut T> {
        self.slots.get_mut(slot.0 as usize)?.as_mut()
    }

    pub(crate) fn find_mut(&mut self, id: I) -> Option<&mut T> {
        self.get_mut(self.slot(id)?)
    }

    /// A slot that only stands for one.
    #[cfg(test)]
    pub(crate) fn reserve_for_tests(&mut self) -> Slot<T> {
        self.slots.push(None);
        Slot(self.slots.len() as u32 - 1, PhantomData)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = I> {
        self.by_id.keys().copied()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }
}

impl<I, T> Default for Registry<I, T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_id: HashMap::new(),
        }
    }
}

// By hand, because the derived ones would ask the same of `T`.
impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slot<T> {}

impl<T> Eq for Slot<T> {}

impl<T> PartialEq for Slot<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_slot_is_used_again() {
        let mut registry = Registry::default();
        let first = registry.insert('a', 1).unwrap();
        registry.remove('a');

        let second = registry.insert('b', 2).unwrap();

        assert_eq!(first, second);
        assert_eq!(registry.get(second), Some(&2));
        assert_eq!(registry.slot('a'), None);
    }

    #[test]
    fn an_id_is_taken_once() {
        let mut registry = Registry::default();
        registry.insert('a', 1);

        assert!(registry.insert('a', 2).is_none());
        assert_eq!(registry.find_mut('a'), Some(&mut 1));
    }
}
