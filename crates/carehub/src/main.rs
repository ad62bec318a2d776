//! The one binary: reads the command line and runs the command.

use std::io::Write as _;
use std::process::ExitCode;

use carehub::command::account::Account;
use carehub::command::audit::Audit;
use carehub::command::backup::Backup;
use carehub::command::chronology::ChronologyCommand;
use carehub::command::config::Config;
use carehub::command::erase::Erase;
use carehub::command::following::Following;
use carehub::command::home::Home;
use carehub::command::import::Import;
use carehub::command::nats::NatsCommand;
use carehub::command::policy::PolicyCommand;
use carehub::command::prove::Prove;
use carehub::command::pseudonymise::Pseudonymise;
use carehub::command::publish::Publish;
use carehub::command::rebuild::Rebuild;
use carehub::command::register::Register;
use carehub::command::report::Report;
use carehub::command::returned::Returned;
use carehub::command::serve::Serve;
use carehub::command::simulate::Simulate;
use carehub::command::subject_access::SubjectAccess;
use carehub::command::subscribe::Subscribe;
use carehub::command::token::Token;
use carehub::command::up::Up;
use carehub::command::validate::Validate;
use carehub::command::verify::Verify;
use carehub::telemetry;
use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

/// Agencies' concerns about care homes, brought together: what each home's cumulative picture shows,
/// when a formal trigger is met, and who must act.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(Up),
    Serve(Serve),
    Publish(Publish),
    Validate(Validate),
    Subscribe(Subscribe),
    Import(Import),
    /// The register of homes
    #[command(subcommand)]
    Register(Register),
    Simulate(Simulate),
    /// The rule book: who there is, what triggers an escalation, and who must answer
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// The nats-server's accounts, keys and certificates
    #[command(subcommand)]
    Nats(NatsCommand),
    Home(Home),
    /// Reports over what an agency may see
    #[command(subcommand)]
    Report(Report),
    Chronology(ChronologyCommand),
    Audit(Audit),
    Following(Following),
    Returned(Returned),
    Rebuild(Rebuild),
    Verify(Verify),
    Prove(Prove),
    Erase(Erase),
    SubjectAccess(SubjectAccess),
    #[command(subcommand)]
    Backup(Backup),
    #[command(subcommand)]
    Pseudonymise(Pseudonymise),
    Config(Config),
    /// The accounts of people who sign in here
    #[command(subcommand)]
    Account(Account),
    /// API tokens for programs
    #[command(subcommand)]
    Token(Token),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

impl Command {
    async fn run(&self) -> anyhow::Result<ExitCode> {
        let out = &mut std::io::stdout();
        match self {
            Self::Up(command) => command.run().await,
            Self::Serve(command) => command.run().await,
            Self::Publish(command) => command.run(out).await,
            Self::Validate(command) => command.run(out).await,
            Self::Subscribe(command) => command.run(out).await,
            Self::Import(command) => command.run(out).await,
            Self::Register(command) => command.run(out).await,
            Self::Simulate(command) => command.run(out).await,
            Self::Policy(command) => command.run(out).await,
            Self::Nats(command) => command.run(out).await,
            Self::Home(command) => command.run(),
            Self::Report(command) => command.run(out),
            Self::Chronology(command) => command.run(out).await,
            Self::Audit(command) => command.run(out).await,
            Self::Following(command) => command.run(out).await,
            Self::Returned(command) => command.run(out),
            Self::Rebuild(command) => command.run().await,
            Self::Verify(command) => command.run().await,
            Self::Prove(command) => command.run(out).await,
            Self::Erase(command) => command.run(out).await,
            Self::SubjectAccess(command) => command.run(out).await,
            Self::Backup(command) => command.run(out).await,
            Self::Pseudonymise(command) => command.run(out).await,
            Self::Config(command) => command.run(),
            Self::Account(command) => command.run(out),
            Self::Token(command) => command.run(out),
            Self::Completions { shell } => {
                clap_complete::generate(*shell, &mut Cli::command(), "carehub", out);
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    // A wrong call ends here with 2.
    let cli = Cli::parse();
    telemetry::start();
    match cli.command.run().await {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may be listening any more; the exit code says it too.
            let _ = writeln!(std::io::stderr(), "carehub: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whoever read our output has seen enough (`| head`): that is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
