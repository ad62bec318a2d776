//! Secrets on disk: made once, private, checked before use.

use super::*;

fn police() -> Agency {
    Agency { officers: vec!["desk-1".to_owned()], ..Agency::new("police") }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn every_secret_is_made_once_and_private() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("data/credentials");
    let first = Credentials::ensure(&dir, &[police()]).unwrap();
    let again = Credentials::ensure(&dir, &[police(), Agency::new("cqc")]).unwrap();

    assert_eq!(first.accounts(), &again.accounts()[..1]);
    assert_eq!(first.hub_public_key(), again.hub_public_key());
    assert_eq!(first.tokens()["police"], again.tokens()["police"]);
    assert_ne!(again.tokens()["police"], again.tokens()["cqc"]);
    assert_eq!(mode(&dir), 0o700);
    let mut files: Vec<_> = fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            "cqc.nk",
            "cqc.token",
            "erasure.nk",
            "hub.nk",
            "police.desk-1.nk",
            "police.nk",
            "police.token"
        ]
    );
    for file in files {
        assert_eq!(mode(&dir.join(&file)), 0o600, "{file}");
    }
}

#[test]
fn a_public_key_is_that_of_the_seed_in_the_file() {
    let home = tempfile::tempdir().unwrap();
    let credentials = Credentials::ensure(home.path(), &[police()]).unwrap();
    let account = &credentials.accounts()[0];
    let key = read_key(&credentials.seed_path("police")).unwrap();
    assert_eq!(key.public_key(), account.public_key);
    let officer = read_key(&credentials.officer_seed_path("police", "desk-1")).unwrap();
    assert_eq!(officer.public_key(), account.officers[0].public_key);
}

#[test]
fn a_secret_that_others_can_read_is_refused() {
    let home = tempfile::tempdir().unwrap();
    Credentials::ensure(home.path(), &[police()]).unwrap();
    for file in ["police.nk", "police.token", "hub.nk"] {
        let path = home.path().join(file);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = Credentials::ensure(home.path(), &[police()]).unwrap_err();
        assert!(matches!(refused, CredentialsError::Readable { mode: 0o640, .. }), "{refused}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn a_broken_file_is_an_error_and_stays_as_it_is() {
    let account_seed =
        KeyPair::new_from_raw(KeyPairType::Account, [7; 32]).unwrap().seed().unwrap();
    for text in ["", "SUAB", account_seed.as_str()] {
        let home = tempfile::tempdir().unwrap();
        Credentials::ensure(home.path(), &[police()]).unwrap();
        for file in ["police.nk", "police.token"] {
            let path = home.path().join(file);
            let right = fs::read(&path).unwrap();
            fs::write(&path, text).unwrap();
            let refused = Credentials::ensure(home.path(), &[police()]).unwrap_err();
            let expected = if file == "police.nk" {
                matches!(refused, CredentialsError::Seed { .. })
            } else {
                matches!(refused, CredentialsError::Token { .. })
            };
            assert!(expected, "{refused}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            fs::write(&path, right).unwrap();
        }
    }
}

#[test]
fn an_id_that_names_another_file_is_refused() {
    let home = tempfile::tempdir().unwrap();
    for id in ["../police", "police.desk-1", "hub", ""] {
        let refused = Credentials::ensure(home.path(), &[Agency::new(id)]).unwrap_err();
        assert!(matches!(refused, CredentialsError::Identifier(_)), "{refused}");
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn no_secret_is_in_a_debug_text() {
    let home = tempfile::tempdir().unwrap();
    let credentials = Credentials::ensure(home.path(), &[police()]).unwrap();
    let shown = format!("{credentials:?}");
    for file in ["police.nk", "police.desk-1.nk", "hub.nk", "erasure.nk", "police.token"] {
        let secret = fs::read_to_string(home.path().join(file)).unwrap();
        assert!(secret.len() >= 58, "{file}");
        assert!(!shown.contains(secret.trim()), "{file}");
    }
}
