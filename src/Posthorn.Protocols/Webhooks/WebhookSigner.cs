using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Protocols.Webhooks;

/// <summary>
/// Signs one attempt: HMAC-SHA256 over <c>id.timestamp.body</c>, once with each secret, so that a receiver may change from one to the next.
/// The body comes in pieces; it is never needed whole.
/// </summary>
public sealed class WebhookSigner : IDisposable
{
    /// <summary>The version of the scheme, in front of each signature.</summary>
    public const string Version = "v1,";

    private readonly List<IncrementalHash> _hashes = [];

    /// <summary>Begins a signature.</summary>
    /// <param name="secrets">The secrets; with none the signature is empty.</param>
    /// <param name="id">The message's name: 1 or more characters without a <c>.</c>.</param>
    /// <param name="timestamp">Unix seconds of the attempt.</param>
    /// <exception cref="ArgumentException">The name is none.</exception>
    public WebhookSigner(IReadOnlyList<WebhookSecret> secrets, string id, long timestamp)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        ArgumentException.ThrowIfNullOrEmpty(id);
        if (id.Contains('.', StringComparison.Ordinal))
            throw new ArgumentException("A webhook's id has no '.': it would make two messages sign alike.", nameof(id));
        var start = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}."));
        foreach (var secret in secrets)
        {
            var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret.Key);
            hash.AppendData(start);
            _hashes.Add(hash);
        }
    }

    /// <summary>Adds the next bytes of the body.</summary>
    public void Append(ReadOnlySpan<byte> body)
    {
        foreach (var hash in _hashes)
            hash.AppendData(body);
    }

    /// <summary>Ends the body.</summary>
    /// <returns>The value of <see cref="WebhookHeader.Signature"/>: <c>v1,…</c>, one a secret, in their order.</returns>
    public string Finish() => string.Join(' ', _hashes.Select(h => Version + Convert.ToBase64String(h.GetHashAndReset())));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var hash in _hashes)
            hash.Dispose();
    }
}
