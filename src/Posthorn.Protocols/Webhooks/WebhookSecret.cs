using System.Diagnostics.CodeAnalysis;

namespace Posthorn.Protocols.Webhooks;

/// <summary>A key that sender and receiver of webhooks share, written <c>whsec_</c> and its bytes in base 64 (Standard Webhooks 1.0, "Signature scheme").</summary>
public sealed class WebhookSecret
{
    /// <summary>What tells a secret from other words.</summary>
    public const string Prefix = "whsec_";

    /// <summary>Shortest key, in bytes.</summary>
    public const int BytesMin = 24;

    /// <summary>Longest key, in bytes. The specification says 64; senders that others come from (Svix) take 75.</summary>
    public const int BytesMax = 75;

    private readonly byte[] _key;

    private WebhookSecret(byte[] key) => _key = key;

    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> Key => _key;

    /// <summary>The secret in full. It is the only member that shows it: <see cref="ToString"/> is safe in logs.</summary>
    public string Text => Prefix + Convert.ToBase64String(_key);

    /// <summary>A secret of these bytes.</summary>
    /// <param name="key"><see cref="BytesMin"/> to <see cref="BytesMax"/> bytes that nobody can guess.</param>
    /// <exception cref="ArgumentException">There are too few or too many.</exception>
    public static WebhookSecret Of(ReadOnlySpan<byte> key) => key.Length is >= BytesMin and <= BytesMax
        ? new WebhookSecret(key.ToArray())
        : throw new ArgumentException($"A secret has {BytesMin} to {BytesMax} bytes.", nameof(key));

    /// <summary>Reads a secret, or says in <paramref name="reason"/> why it is none; the reason does not repeat it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out WebhookSecret? secret, [NotNullWhen(false)] out string? reason)
    {
        ArgumentNullException.ThrowIfNull(text);
        secret = null;
        reason = $"is no secret; write {Prefix} and {BytesMin} to {BytesMax} random bytes in base 64: \"{Prefix}$(openssl rand -base64 32)\"";
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        var buffer = new byte[BytesMax + 3];
        if (text.Length > Prefix.Length + buffer.Length * 2 || !Convert.TryFromBase64String(text[Prefix.Length..], buffer, out var length) || length is < BytesMin or > BytesMax)
            return false;
        reason = null;
        secret = new WebhookSecret(buffer[..length]);
        return true;
    }

    /// <summary>The secret, masked.</summary>
    public override string ToString() => Prefix + "********";
}
