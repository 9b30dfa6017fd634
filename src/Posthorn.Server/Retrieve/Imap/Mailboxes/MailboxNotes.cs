using System.Text.Json;
using Posthorn.Commits;
using Posthorn.Engine;

namespace Posthorn.Server.Retrieve.Imap.Mailboxes;

/// <summary>What accounts note of their mailboxes: which they are subscribed to, and what they use them for. A document of the engine's each.</summary>
internal sealed class MailboxNotes(IEngine engine) : IDisposable
{
    /// <summary>Documents under this name are accounts' notes.</summary>
    public const string Prefix = "imap/";

    private const int KeyLengthMax = 255;

    private readonly SemaphoreSlim _writing = new(1, 1); // one change of notes at a time: each is read, changed and written

    public AccountNotes Of(string account)
    {
        if (engine.Document(KeyOf(account)) is not { } document)
            return AccountNotes.Empty;
        return JsonSerializer.Deserialize(document.Span, NotesJson.Default.AccountNotes) ?? AccountNotes.Empty;
    }

    /// <summary>Changes an account's notes; durable when it returns.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="change">Makes the new notes of the old ones.</param>
    /// <param name="with">More for the same commit; null for nothing.</param>
    /// <exception cref="ArgumentException">The notes would be larger than a document may be.</exception>
    public async ValueTask ChangeAsync(string account, Func<AccountNotes, AccountNotes> change, Action<Commit>? with = null)
    {
        await _writing.WaitAsync();
        try
        {
            var before = Of(account);
            var after = change(before);
            var commit = new Commit();
            with?.Invoke(commit);
            if (!after.Equals(before))
                commit.SetDocument(KeyOf(account), after.IsEmpty ? (ReadOnlyMemory<byte>?)null : JsonSerializer.SerializeToUtf8Bytes(after, NotesJson.Default.AccountNotes));
            if (commit.Operations.Count > 0)
                await engine.CommitAsync(commit);
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose() => _writing.Dispose();

    // A name that is too long for a key is told apart by its end no less than by its beginning.
    private static string KeyOf(string account) => Prefix + (account.Length <= KeyLengthMax - Prefix.Length
        ? account
        : Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(account))));
}
