using Posthorn.Protocols.Dkim;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary><c>dkim-sign</c>: puts a signature in front (RFC 6376). Reads the body, copies nothing. What changes the mail afterwards breaks it.</summary>
internal sealed class DkimMailet(DkimSigner signer) : IMailet
{
    public async ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken)
    {
        await using var stream = await mail.OpenAsync(cancellationToken);
        var signature = await signer.SignAsync(stream, mail.Services.Time.GetUtcNow(), cancellationToken);
        mail.Content = mail.Content.WithInFront(signature.Raw.Span);
    }

    public static DkimMailet? Create(MailetBinding binding)
    {
        if (binding.Value is not ConfigNode.Map)
        {
            binding.Refuse("takes the domain, the selector and the file of the private key, like: dkim-sign: { domain: example.test, selector: s1, key: dkim.pem }");
            return null;
        }

        var reader = ConfigReader.Open(binding.Value, binding.Errors);
        var (domain, selector) = (reader.RequiredText("domain"), reader.RequiredText("selector"));
        _ = reader.RequiredText("key");
        var key = reader.FilePath("key");
        var validFor = reader.OptionalDuration("valid-for", TimeSpan.FromSeconds(1));
        reader.Close();
        if (domain.Length == 0 || selector.Length == 0 || key is null)
            return null;
        try
        {
            return new DkimMailet(new DkimSigner(new DkimSignerOptions
            {
                Domain = domain,
                Selector = selector,
                PrivateKeyPem = File.ReadAllText(key),
                ValidFor = validFor,
            }));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reader.Refuse("key", $"the file cannot be read: {e.Message}");
        }
        catch (ArgumentException e)
        {
            binding.Refuse(e.Message);
        }

        return null;
    }
}
