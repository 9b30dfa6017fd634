using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Protocols.Webhooks;

/// <summary>The receiver's side of Standard Webhooks.</summary>
public static class WebhookVerifier
{
    /// <summary>How far a timestamp may be from now, either way: 5 minutes, as the specification's libraries have it.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Looks whether a webhook comes from somebody who knows one of the secrets, and lately.</summary>
    /// <param name="secrets">The secrets, old and new.</param>
    /// <param name="id">The value of <see cref="WebhookHeader.Id"/>; null when it is missing.</param>
    /// <param name="timestamp">The value of <see cref="WebhookHeader.Timestamp"/>.</param>
    /// <param name="signatures">The value of <see cref="WebhookHeader.Signature"/>.</param>
    /// <param name="body">The body as it came, byte for byte.</param>
    /// <param name="now">The receiver's clock.</param>
    public static WebhookVerdict Verify(IReadOnlyList<WebhookSecret> secrets, string? id, string? timestamp, string? signatures, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        if (string.IsNullOrEmpty(id) || id.Contains('.', StringComparison.Ordinal) || string.IsNullOrEmpty(signatures)
            || !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return WebhookVerdict.Malformed;
        var sentAt = DateTimeOffset.FromUnixTimeSeconds(seconds);
        if (sentAt < now - Tolerance)
            return WebhookVerdict.TooOld;
        if (sentAt > now + Tolerance)
            return WebhookVerdict.TooNew;
        using var signer = new WebhookSigner(secrets, id, seconds);
        signer.Append(body);
        var wanted = signer.Finish().Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Encoding.UTF8.GetBytes).ToList();
        // Each with each, in constant time: how long it takes tells nothing of how much fits.
        var isValid = false;
        foreach (var given in signatures.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Encoding.UTF8.GetBytes))
        {
            foreach (var signature in wanted)
                isValid |= CryptographicOperations.FixedTimeEquals(given, signature);
        }
        return isValid ? WebhookVerdict.Valid : WebhookVerdict.WrongSignature;
    }
}
