using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Posthorn.Protocols.Sasl;
using Posthorn.Queues;

namespace Posthorn.Server.Operate.Accounts;

/// <summary>The configured accounts.</summary>
/// <remarks>
/// A password that fits costs one HMAC: each account keeps the HMAC of its password under a key of this process (of a hashed password once it
/// was verified). Everything else, a wrong password as well as an unknown name, costs one PBKDF2, so neither the time nor the answer tells
/// which names exist, and guessing is slow.
/// </remarks>
public sealed class AccountBook : IAccounts, IAccessKeys
{
    private readonly Dictionary<string, Entry> _accounts;
    private readonly Dictionary<string, AccessKey> _accessKeys;
    private readonly byte[] _processKey = RandomNumberGenerator.GetBytes(32);
    private readonly int _iterations;
    private readonly ConcurrentDictionary<string, ScramVerifier> _scram = new(StringComparer.Ordinal);

    public AccountBook(IReadOnlyList<AccountOptions> accounts)
    {
        _accounts = accounts.ToDictionary(a => a.Name, a => new Entry(a, this), StringComparer.Ordinal);
        _accessKeys = accounts.Where(a => a is { AccessKey: not null, SecretKey: not null })
            .ToDictionary(a => a.AccessKey!, a => new AccessKey(_accounts[a.Name].Account, a.SecretKey!), StringComparer.Ordinal);
        // An unknown name shows the iterations that the known ones have.
        _iterations = _accounts.Values.Select(a => a.Hash?.Iterations).FirstOrDefault(i => i is not null) ?? PasswordHash.IterationsMin;
    }

    public bool IsOpen => _accounts.Count == 0;

    public Account? Verify(string name, string password)
    {
        if (IsOpen)
            return name.Length == 0 ? null : OpenAccount(name);
        var entry = _accounts.GetValueOrDefault(name);
        var tag = TagOf(password);
        if (entry is not null && CryptographicOperations.FixedTimeEquals(tag, entry.PasswordTag ?? []))
            return entry.Account;
        var known = entry?.Hash ?? UnknownCredentials(name);
        var given = ScramVerifier.Of(password, known.Salt, known.Iterations);
        var fits = CryptographicOperations.FixedTimeEquals(given.StoredKey, known.StoredKey);
        if (!fits || entry?.Hash is null)
            return null;
        entry.PasswordTag = tag;
        return entry.Account;
    }

    public ScramVerifier? Scram(string name)
    {
        if (IsOpen)
            return null;
        if (_accounts.GetValueOrDefault(name) is not { Options.Password: { } password } entry)
            return UnknownCredentials(name);
        return entry.Hash ?? _scram.GetOrAdd(name, _ => ScramVerifier.Of(password, SaltOf(name), _iterations));
    }

    public Account? Find(string name) =>
        IsOpen ? OpenAccount(name) : _accounts.GetValueOrDefault(name)?.Account;

    public AccessKey? FindKey(string accessKey) => _accessKeys.GetValueOrDefault(accessKey);

    public bool IsMailboxOfOther(Account account, QueueName queue)
    {
        var slash = queue.Value.IndexOf('/', StringComparison.Ordinal);
        var owner = slash < 0 ? queue.Value : queue.Value[..slash];
        return owner != account.Name && _accounts.ContainsKey(owner);
    }

    /// <summary>A token is <c>name:password</c> (<c>POSTHORN_TOKEN=admin:adm1n</c>).</summary>
    public Account? VerifyToken(string? token)
    {
        if (IsOpen)
            return new Account("admin", IsAdmin: true);
        var colon = token?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        return colon <= 0 ? null : Verify(token![..colon], token[(colon + 1)..]);
    }

    private static Account OpenAccount(string name) => new(name, IsAdmin: true);

    private byte[] TagOf(string password) => HMACSHA256.HashData(_processKey, Encoding.UTF8.GetBytes(password));

    // The same for the same name as long as the process lives; a salt that changed with every try would tell.
    private byte[] SaltOf(string name) => HMACSHA256.HashData(_processKey, Encoding.UTF8.GetBytes("salt " + name))[..16];

    private ScramVerifier UnknownCredentials(string name) =>
        new(SaltOf(name), _iterations, HMACSHA256.HashData(_processKey, Encoding.UTF8.GetBytes("stored " + name)), HMACSHA256.HashData(_processKey, Encoding.UTF8.GetBytes("server " + name)));

    private sealed class Entry
    {
        public Entry(AccountOptions options, AccountBook book)
        {
            Options = options;
            Account = new Account(options.Name, options.IsAdmin);
            if (options.Password is { } password && PasswordHash.TryParse(password, out var hash))
                Hash = hash;
            else if (options.Password is { } plain)
                PasswordTag = book.TagOf(plain);
        }

        public AccountOptions Options { get; }

        public Account Account { get; }

        /// <summary>The configured hash; null when the password is plain or there is none.</summary>
        public ScramVerifier? Hash { get; }

        /// <summary>The HMAC of the right password, once it is known.</summary>
        public byte[]? PasswordTag { get; set; }
    }
}
