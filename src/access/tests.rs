use super::*;
use crate::ids::RunId;

fn access() -> (tempfile::TempDir, Access) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("runs.db")).unwrap();
    (folder, Access::new(database))
}

const NOW: Timestamp = Timestamp(1_795_000_000_000);

#[tokio::test]
async fn a_token_is_found_by_its_text_until_it_is_revoked_and_kept_nowhere() {
    let (folder, access) = access();
    let (token, text) = access.create_token(Role::Viewer, NOW).await.unwrap();
    assert_eq!(access.find_token(text.expose()).await.unwrap(), Some(token.clone()));
    assert_eq!(access.find_token("rst_").await.unwrap(), None);
    assert_eq!(access.tokens().await.unwrap(), std::slice::from_ref(&token));
    assert!(access.is_valid(&token.id).await.unwrap());
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(text.expose().len()).any(|window| window == text.expose().as_bytes()));
    }
    assert!(access.revoke_token(&token.id, NOW).await.unwrap());
    assert!(!access.revoke_token(&token.id, NOW).await.unwrap());
    assert!(!access.is_valid(&token.id).await.unwrap());
    assert_eq!(access.find_token(text.expose()).await.unwrap(), None);
    assert_eq!(access.tokens().await.unwrap()[0].revoked_at, Some(NOW));
}

#[tokio::test]
async fn a_key_is_claimed_once_in_a_day() {
    let (_folder, access) = access();
    let answer = |run: &str| Answered { request: "digest".to_owned(), run: RunId::from_typed(run) };
    assert_eq!(access.claim("k", &answer("AAAA"), NOW).await.unwrap(), Claim::Taken);
    assert_eq!(access.claim("k", &answer("BBBB"), NOW).await.unwrap(), Claim::Known(answer("AAAA")));
    assert_eq!(access.answered("k", NOW).await.unwrap(), Some(answer("AAAA")));
    let tomorrow = NOW + crate::duration::Millis::from_secs(24 * 3600 + 1);
    assert_eq!(access.answered("k", tomorrow).await.unwrap(), None);
    assert_eq!(access.claim("k", &answer("BBBB"), tomorrow).await.unwrap(), Claim::Taken);
    access.release("k", &RunId::from_typed("BBBB")).await.unwrap();
    assert_eq!(access.answered("k", tomorrow).await.unwrap(), None);
}
