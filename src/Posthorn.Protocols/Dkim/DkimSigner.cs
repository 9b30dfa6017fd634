using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Dkim;

/// <summary>Signs mails as a domain (RFC 6376), with rsa-sha256. Safe for any number of callers.</summary>
/// <remarks>
/// The body length tag <c>l=</c> is never used: it lets anybody append to a signed mail (RFC 6376 8.2).
/// Limits: no ed25519-sha256 (RFC 8463), because .NET 10 offers no Ed25519; every verifier must know rsa-sha256 (RFC 8301 3.1).
/// </remarks>
public sealed class DkimSigner : IDisposable
{
    /// <summary>Longest header that is signed, in bytes.</summary>
    public const int HeaderBytesMax = 1024 * 1024;

    private const int ColumnMax = 76;

    private readonly DkimSignerOptions _options;
    private readonly string _domain;
    private readonly string[] _signed;
    private readonly Lock _keyLock = new(); // RSA objects are not promised to be safe for several callers: guards _key
    private readonly RSA _key;

    /// <summary>Takes the key.</summary>
    /// <exception cref="ArgumentException">A domain, selector or field name that cannot be one, or a key that is no RSA key of 1024 bits or more.</exception>
    public DkimSigner(DkimSignerOptions options)
    {
        _options = options;
        _domain = AsciiDomain(options.Domain);
        if (!IsDomain(options.Selector))
            throw new ArgumentException($"'{options.Selector}' is no DKIM selector: letters, digits, hyphens and dots.", nameof(options));
        foreach (var name in options.SignedFields.Concat(options.OversignedFields))
            if (!HeaderSyntax.IsName(Encoding.UTF8.GetBytes(name)) || name.Contains(';', StringComparison.Ordinal))
                throw new ArgumentException($"'{name}' cannot name a signed header field.", nameof(options));
        _signed = [.. options.SignedFields.Prepend("From").Distinct(StringComparer.OrdinalIgnoreCase)];
        _key = ReadKey(options.PrivateKeyPem);
    }

    /// <summary>Makes the <c>DKIM-Signature</c> field to be put in front of a mail; the body passes through a buffer of fixed size.</summary>
    /// <param name="content">The mail; it must be able to seek, position 0 being its first byte.</param>
    /// <param name="signedAt">When it is signed (<c>t=</c>).</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InvalidDataException">The header is longer than <see cref="HeaderBytesMax"/>.</exception>
    public async ValueTask<HeaderField> SignAsync(Stream content, DateTimeOffset signedAt, CancellationToken cancellationToken)
    {
        content.Position = 0;
        var header = await HeaderBlock.ReadAsync(content, HeaderBytesMax, cancellationToken);
        if (header.IsTruncated)
            throw new InvalidDataException($"A header longer than {HeaderBytesMax} bytes is not signed.");
        content.Position = header.Length;
        return Sign(header, await HashBodyAsync(content, cancellationToken), signedAt);
    }

    /// <summary>Forgets the key.</summary>
    public void Dispose() => _key.Dispose();

    private async ValueTask<byte[]> HashBodyAsync(Stream body, CancellationToken cancellationToken)
    {
        using var hash = new DkimBodyHash(_options.BodyCanonicalization);
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var read)
                hash.Append(buffer.AsSpan(0, read));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return hash.Complete();
    }

    private HeaderField Sign(HeaderBlock header, byte[] bodyHash, DateTimeOffset signedAt)
    {
        var (names, fields) = DkimHeader.Select(header, _signed, _options.OversignedFields);
        var unsigned = Unsigned(names, bodyHash, signedAt);
        var hashed = new ArrayBufferWriter<byte>(4096);
        foreach (var field in fields)
        {
            DkimHeader.Write(hashed, field.Raw.Span, _options.HeaderCanonicalization);
            hashed.Write("\r\n"u8);
        }
        DkimHeader.Write(hashed, Encoding.ASCII.GetBytes(unsigned), _options.HeaderCanonicalization);
        byte[] signature;
        lock (_keyLock)
            signature = _key.SignData(hashed.WrittenSpan, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return new HeaderField(Encoding.ASCII.GetBytes(unsigned + Folded(Convert.ToBase64String(signature)) + "\r\n"), "DKIM-Signature".Length);
    }

    /// <summary>The field up to <c>b=</c>, which comes last so that the value can be appended.</summary>
    private string Unsigned(List<string> names, byte[] bodyHash, DateTimeOffset signedAt)
    {
        var field = new StringBuilder("DKIM-Signature:");
        var column = field.Length;
        Add(" v=1;");
        Add(" a=rsa-sha256;");
        Add($" c={Name(_options.HeaderCanonicalization)}/{Name(_options.BodyCanonicalization)};");
        Add($" d={_domain};");
        Add($" s={_options.Selector};");
        Add(string.Create(CultureInfo.InvariantCulture, $" t={signedAt.ToUnixTimeSeconds()};"));
        if (_options.ValidFor is { } validFor)
            Add(string.Create(CultureInfo.InvariantCulture, $" x={(signedAt + validFor).ToUnixTimeSeconds()};"));
        for (var i = 0; i < names.Count; i++)
            Add($"{(i == 0 ? " h=" : "")}{names[i]}{(i == names.Count - 1 ? ";" : ":")}");
        Add($" bh={Convert.ToBase64String(bodyHash)};");
        return field.Append("\r\n b=").ToString();

        // Tags and the names of h= may be folded between them (RFC 6376 3.2, 3.5).
        void Add(string piece)
        {
            if (column + piece.Length > ColumnMax)
            {
                field.Append(piece[0] == ' ' ? "\r\n" : "\r\n ");
                column = 0;
            }
            field.Append(piece);
            column += piece.Length;
        }
    }

    private static string Folded(string base64)
    {
        var folded = new StringBuilder(base64.Length + 20);
        for (var i = 0; i < base64.Length; i += ColumnMax - 4)
            folded.Append(i == 0 ? "" : "\r\n ").Append(base64, i, Math.Min(ColumnMax - 4, base64.Length - i));
        return folded.ToString();
    }

    private static string Name(DkimCanonicalization canonicalization) => canonicalization == DkimCanonicalization.Simple ? "simple" : "relaxed";

    private static string AsciiDomain(string domain)
    {
        try
        {
            var ascii = new IdnMapping().GetAscii(domain.ToLowerInvariant());
            return IsDomain(ascii) ? ascii : throw new ArgumentException($"'{domain}' is no domain to sign as.", nameof(domain));
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"'{domain}' is no domain to sign as.", nameof(domain), e);
        }
    }

    private static bool IsDomain(string text) =>
        text.Length is > 0 and <= 253 && text.Split('.').All(label => label.Length is > 0 and <= 63 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));

    private static RSA ReadKey(string pem)
    {
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.KeySize < 1024)
                throw new ArgumentException($"An RSA key of {key.KeySize} bits signs nothing that is believed; 1024 is the least (RFC 8301 3.2).", nameof(pem));
            key.ExportParameters(includePrivateParameters: true);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new ArgumentException($"The DKIM key is not a private RSA key in PEM (Ed25519 keys are not taken): {e.Message}", nameof(pem), e);
        }
    }
}
