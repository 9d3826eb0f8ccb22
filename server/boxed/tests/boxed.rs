//! Boxed functions are awaited as before, and their futures have no size of their own.

#![expect(unreachable_pub, reason = "only a function that is public is boxed")]

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use downbeat_boxed::boxed;

/// Two words: the future's place, and its functions.
const BOX: usize = 2 * size_of::<usize>();

struct Words(Vec<String>);

struct Beginning<'a>(&'a str);

#[boxed]
impl Words {
    /// With two borrows, a pattern, and a fault that is handed on.
    pub async fn find(&self, begins: &str, (first, most): (usize, usize)) -> Result<Vec<&str>, std::fmt::Error> {
        let (first, mut found) = (first, Vec::new());
        for word in self.0.iter().skip(first).filter(|word| word.starts_with(begins)) {
            wait().await?;
            found.push(word.as_str());
        }
        found.truncate(most);
        Ok(found)
    }

    /// Without a result, and with what can be changed.
    pub async fn add(&mut self, mut word: String, ends: Option<&str>) {
        word.push_str(ends.unwrap_or_default());
        wait().await.ok();
        self.0.push(word);
    }

    /// With a lifetime that is left out.
    pub async fn with(&self, beginning: Beginning<'_>) -> usize {
        let beginning = beginning.0;
        self.0.iter().filter(|word| word.starts_with(beginning)).count()
    }

    /// Its code depends on the caller.
    pub async fn any(&self, wanted: impl Fn(&str) -> bool + Send) -> bool {
        self.0.iter().any(|word| wanted(word))
    }

    /// No future.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// Borrows nothing.
#[boxed]
pub async fn sum(numbers: Vec<u32>) -> u32 {
    let large = [1_u8; 4096];
    wait().await.ok();
    numbers.iter().sum::<u32>() + large.len() as u32
}

async fn wait() -> Result<(), std::fmt::Error> {
    std::future::ready(()).await;
    Ok(())
}

fn done<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing here waits"),
    }
}

#[test]
fn a_boxed_function_is_awaited_as_before() {
    let mut words = Words(vec!["ann".into(), "bob".into(), "anton".into()]);
    let begins = "an".to_owned();
    assert_eq!(done(words.find(&begins, (0, 1))), Ok(vec!["ann"]));
    assert_eq!(done(words.find(&begins, (1, 9))), Ok(vec!["anton"]));
    done(words.add("b".into(), Some("en")));
    assert_eq!((words.count(), done(words.with(Beginning("b")))), (4, 2));
    assert!(done(words.any(|word| word == "ben")));
    assert_eq!(done(sum(vec![1, 2])), 4099);
}

#[test]
fn the_future_of_a_boxed_function_is_a_box_that_can_be_sent() {
    fn size<T: Send>(future: &Pin<Box<dyn Future<Output = T> + Send + '_>>) -> usize {
        size_of_val(future)
    }
    let words = Words(Vec::new());
    assert_eq!(size(&words.find("a", (0, 1))), BOX);
    assert_eq!(size(&sum(Vec::new())), BOX);
}
