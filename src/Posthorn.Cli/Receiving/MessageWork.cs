using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client;
using Posthorn.Client.Contracts;
using Posthorn.Client.Contracts.Sending;
using Posthorn.Server.Deliver.Attachments;

namespace Posthorn.Cli.Receiving;

/// <summary>What is done with one message: its attachments are saved, the command is run, and then it is acked, or given back when one of them failed.</summary>
/// <remarks>A file is in its place, whole and synced, before the message is acked. Nothing of it is cancelled: what was begun is finished.</remarks>
internal sealed class MessageWork(Session session, WorkOptions options, AttachmentFolder? saved)
{
    private const int ErrorLengthMax = 1_000;
    private const int AcksMax = 5;

    /// <summary>A message that came back at once would be this run's next one, and a run would never end.</summary>
    private static readonly TimeSpan s_delayMin = TimeSpan.FromSeconds(1);

    /// <summary>Between two tries to ack over a server that does not answer.</summary>
    private static readonly TimeSpan s_ackPause = TimeSpan.FromSeconds(1);

    /// <summary>Does it.</summary>
    /// <returns>Whether the message was done and acked.</returns>
    public async Task<bool> DoAsync(ReceivedMessage received)
    {
        string? error;
        await using (new RenewedLease(session, received, options.Lease))
        {
            try
            {
                error = await TryAsync(received);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or PosthornException or System.ComponentModel.Win32Exception)
            {
                error = e.Message;
            }
        }
        var isDone = error is null ? await AckAsync(received) : await GiveBackAsync(received, error);
        if (session.IsJson)
            JsonAnswer.WriteLine(session.Out, received.Message with { LastError = error }, j => j.MessageInfo);
        return isDone;
    }

    /// <returns>Why it failed; null when it did not.</returns>
    private async Task<string?> TryAsync(ReceivedMessage received)
    {
        using var desk = new WorkFolder();
        var mail = await MailOnDisk.FetchAsync(session, received, desk.Path);
        if (saved is not null)
            await SaveAsync(received, mail);
        if (options.Command is not { } command)
            return null;
        var environment = MessageEnvironment.Of(received, mail);
        environment["POSTHORN_ATTACHMENTS"] = await mail.ExtractAsync(desk.Path);
        return await ShellCommand.RunAsync(session, command, environment, mail.Path);
    }

    private async Task SaveAsync(ReceivedMessage received, MailOnDisk mail)
    {
        await mail.SaveAsync(async (number, name, content) =>
        {
            var file = AttachmentFolder.NameOf(received.Message.Id, number, name);
            await saved!.SaveAsync(file, content, CancellationToken.None);
            if (!session.IsJson)
                session.Out.WriteLine(Path.Combine(options.SaveFolder!, file));
        });
        await saved!.FlushAsync();
    }

    private async Task<bool> AckAsync(ReceivedMessage received)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await session.Client.AckAsync(received.Handle, CancellationToken.None);
                return true;
            }
            catch (PosthornUnavailableException) when (attempt < AcksMax)
            {
                await Task.Delay(s_ackPause, session.Surroundings.Time, CancellationToken.None);
            }
            catch (PosthornException e)
            {
                // Somebody else may do it again: that is what "at least once" means.
                Tell(received, $"done, but not acked: {e.Message}");
                return false;
            }
        }
    }

    private async Task<bool> GiveBackAsync(ReceivedMessage received, string error)
    {
        var delay = options.Retry?.DelayFor(Math.Max(1, received.Message.ReceiveCount)) ?? options.Lease;
        delay = delay < s_delayMin ? s_delayMin : delay;
        try
        {
            await session.Client.ReleaseAsync(received.Handle, delay, error.Length <= ErrorLengthMax ? error : error[..ErrorLengthMax], CancellationToken.None);
            Tell(received, $"{error}; it comes back in {DurationText.Format(delay)}");
        }
        catch (PosthornException e)
        {
            Tell(received, $"{error}; and it could not be given back: {e.Message}");
        }
        return false;
    }

    private void Tell(ReceivedMessage received, string what) => session.Surroundings.Error.WriteLine(Listing.Clean($"{received.Message.Id}: {what}"));
}
