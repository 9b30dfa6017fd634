using System.CommandLine;
using Posthorn.Protocols.Schedules;

namespace Posthorn.Cli.Receiving;

/// <summary>The options by which <c>posthorn receive</c> has work done with each message.</summary>
internal sealed class WorkOptionSet
{
    private const int ConcurrencyMax = 1_000;

    private readonly Option<string?> _each = new("--each") { Description = "Run this for each message, which is its input; ack it when it ends with 0", HelpName = "COMMAND" };
    private readonly Option<string?> _save = new("--save-attachments") { Description = "Save attachments into this folder, then ack", HelpName = "FOLDER" };
    private readonly Option<string?> _retry = new("--retry") { Description = "When a message whose command failed comes back, such as \"10m, 30m, 2h\"", HelpName = "SCHEDULE" };
    private readonly Option<int> _concurrency = new("--concurrency") { Description = "How many at once", DefaultValueFactory = _ => 1, HelpName = "N" };

    public void AddTo(Command command)
    {
        command.Options.Add(_each);
        command.Options.Add(_save);
        command.Options.Add(_retry);
        command.Options.Add(_concurrency);
    }

    /// <summary>What is to be done; null when nothing of this kind is.</summary>
    public WorkOptions? Read(ParseResult parsed, string queue)
    {
        var (each, save, retry, concurrency) = (parsed.GetValue(_each), parsed.GetValue(_save), parsed.GetValue(_retry), parsed.GetValue(_concurrency));
        if (each is null && save is null)
        {
            return retry is null && parsed.GetResult(_concurrency) is not { Implicit: false } ? null
                : throw new UsageException("--retry and --concurrency go with --each and --save-attachments.");
        }
        if (string.IsNullOrWhiteSpace(each ?? "x"))
            throw new UsageException("--each: there is no command.");
        if (concurrency is < 1 or > ConcurrencyMax)
            throw new UsageException($"--concurrency: 1 to {ConcurrencyMax}.");
        RetrySchedule? schedule = null;
        if (retry is not null && !RetrySchedule.TryParse(retry, out schedule, out var reason))
            throw new UsageException($"--retry: {reason}");
        return new WorkOptions { Queue = queue, Command = each, SaveFolder = save is null ? null : Path.GetFullPath(save), Retry = schedule, Concurrency = concurrency };
    }
}
