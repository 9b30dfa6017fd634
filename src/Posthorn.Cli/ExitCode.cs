namespace Posthorn.Cli;

/// <summary>How the program ends; documented in docs/guide/cli.md and kept stable.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>It went wrong: no answer, an engine out of service, a task that failed.</summary>
    public const int Failure = 1;

    /// <summary>The command line was wrong.</summary>
    public const int Usage = 2;

    /// <summary>No such queue, message, task, order, destination or webhook.</summary>
    public const int NotFound = 3;

    /// <summary>The server refuses: no right, somebody is working on it, a limit; or the question was answered with no.</summary>
    public const int Refused = 4;
}
