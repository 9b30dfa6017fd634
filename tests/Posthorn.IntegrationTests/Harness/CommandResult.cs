namespace Posthorn.IntegrationTests.Harness;

/// <summary>What a program that ran to its end left.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Error}";
}
