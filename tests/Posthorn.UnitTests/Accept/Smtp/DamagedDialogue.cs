using System.IO.Pipelines;
using System.Text;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>What the fuzz tests of all line protocols share: bytes that are damaged, and a whole dialogue that is said at once.</summary>
internal static class DamagedDialogue
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>Everything runs inline on the caller's thread: the whole dialogue is there when the session begins to read.</summary>
    public static PipeOptions Inline { get; } = new(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0, useSynchronizationContext: false);

    /// <summary>Up to three bytes become others or go, or the end does.</summary>
    public static byte[] Damage(string dialogue, Encoding encoding, Random random)
    {
        var bytes = encoding.GetBytes(dialogue).ToList();
        for (var changes = random.Next(4); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            if (random.Next(3) == 0)
                bytes[at] = (byte)random.Next(256);
            else if (random.Next(2) == 0)
                bytes.RemoveAt(at);
            else if (random.Next(4) == 0)
                bytes.RemoveRange(at, bytes.Count - at);
        }
        return [.. bytes];
    }

    /// <summary>Says everything, closes, and returns all that was heard when the session has ended.</summary>
    /// <param name="seed">What the dialogue was made of; named when the session does not end.</param>
    /// <param name="client">Connected with <see cref="Inline"/>.</param>
    /// <param name="dialogue">What is said.</param>
    /// <param name="encoding">What is heard is in.</param>
    public static async Task<string> PlayAsync(int seed, SmtpClient client, byte[] dialogue, Encoding encoding)
    {
        try
        {
            // On another thread: the session may run, and stick, on the one that says the dialogue.
            return await Task.Run(() => PlayAsync(client, dialogue, encoding)).WaitAsync(s_patience);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"seed {seed}: the session has not ended within {s_patience.TotalSeconds} s", e);
        }
    }

    private static async Task<string> PlayAsync(SmtpClient client, byte[] dialogue, Encoding encoding)
    {
        if (dialogue.Length > 0)
            await client.SendBytesAsync(dialogue);
        await client.Output.CompleteAsync();
        await client.Session;
        var heard = new StringBuilder();
        while (true)
        {
            var result = await client.Input.ReadAsync();
            heard.Append(encoding.GetString(result.Buffer));
            client.Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                return heard.ToString();
        }
    }
}
