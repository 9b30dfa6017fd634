using System.Diagnostics;
using System.Security.Cryptography;
using Posthorn.Protocols.Dkim;
using Shouldly;
using Xunit;

namespace Posthorn.IntegrationTests;

/// <summary>Our signatures, verified by another implementation: dkimpy (Debian's python3-dkim). Fails when that is not installed.</summary>
public sealed class DkimTests : IDisposable
{
    // Verifies every file of a folder against one public key, without the DNS; prints a line a file.
    private const string Verifier =
        """
        import dkim, os, sys
        record = b"v=DKIM1; k=rsa; p=" + sys.argv[2].encode()
        for name in sorted(os.listdir(sys.argv[1])):
            message = open(os.path.join(sys.argv[1], name), "rb").read()
            try:
                result = dkim.verify(message, dnsfunc=lambda name, timeout=5: record if name == b"s1._domainkey.example.test." else None)
            except Exception as e:
                result = repr(e)
            print(name, result)
        """;

    /// <summary>What the other implementation refuses to read at all: two begin with a byte order mark, one has a header line that is none.</summary>
    private static readonly string[] NoMails = ["feedback-report.txt", "issue358.txt", "unmunged.mbox.txt"];

    private static readonly DateTimeOffset SignedAt = new(2026, 11, 21, 8, 4, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posthorn-dkim-");
    private readonly RSA _key = RSA.Create(2048);

    public void Dispose()
    {
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(DkimCanonicalization.Relaxed, DkimCanonicalization.Relaxed)]
    [InlineData(DkimCanonicalization.Simple, DkimCanonicalization.Simple)]
    [InlineData(DkimCanonicalization.Relaxed, DkimCanonicalization.Simple)]
    public async Task Every_mail_of_the_corpus_is_signed_as_another_implementation_verifies(DkimCanonicalization header, DkimCanonicalization body)
    {
        using var signer = new DkimSigner(new DkimSignerOptions
        {
            Domain = "example.test",
            Selector = "s1",
            PrivateKeyPem = _key.ExportPkcs8PrivateKeyPem(),
            HeaderCanonicalization = header,
            BodyCanonicalization = body,
        });
        var names = new List<string>();
        foreach (var file in Directory.GetFiles(CorpusFolder()).Where(f => Path.GetFileName(f) != "README.md"))
        {
            await using var mail = File.OpenRead(file);
            var field = await signer.SignAsync(mail, SignedAt, CancellationToken.None);
            names.Add(Path.GetFileName(file));
            await using var signed = File.Create(Path.Combine(_folder.FullName, names[^1]));
            await signed.WriteAsync(field.Raw);
            mail.Position = 0;
            await mail.CopyToAsync(signed);
        }

        var verified = await RunVerifierAsync();

        verified.Where(line => !line.Contains("MessageFormatError", StringComparison.Ordinal))
            .ShouldBe(names.Except(NoMails).Order(StringComparer.Ordinal).Select(name => $"{name} True"));
    }

    [Fact]
    public async Task A_changed_mail_is_not_verified()
    {
        using var signer = new DkimSigner(new DkimSignerOptions { Domain = "example.test", Selector = "s1", PrivateKeyPem = _key.ExportPkcs8PrivateKeyPem() });
        var mail = "From: a@example.test\r\nSubject: hello\r\n\r\nbody\r\n";
        var field = await signer.SignAsync(new MemoryStream(System.Text.Encoding.ASCII.GetBytes(mail)), SignedAt, CancellationToken.None);
        var signed = System.Text.Encoding.ASCII.GetString(field.Raw.Span) + mail;
        await WriteAsync("1-as-signed", signed);
        await WriteAsync("2-body", signed.Replace("body", "b0dy", StringComparison.Ordinal));
        await WriteAsync("3-subject", signed.Replace("hello", "help", StringComparison.Ordinal));
        await WriteAsync("4-added-subject", signed.Replace("Subject:", "Subject: another\r\nSubject:", StringComparison.Ordinal));
        await WriteAsync("5-added-cc", signed.Replace("Subject:", "Cc: c@example.test\r\nSubject:", StringComparison.Ordinal));
        await WriteAsync("6-white-space", signed.Replace("Subject: hello", "subject:   hello  ", StringComparison.Ordinal));
        await WriteAsync("7-appended", signed + "more\r\n");

        (await RunVerifierAsync()).Select(line => line.Split(' ', 2)[1]).ShouldBe(["True", "False", "False", "False", "False", "True", "False"]);

        Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(_folder.FullName, name), text);
    }

    private async Task<string[]> RunVerifierAsync()
    {
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3") // Debian's own: the package is its
        {
            ArgumentList = { "-c", Verifier, _folder.FullName, Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo()) },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = python.StandardError.ReadToEndAsync();
        var output = await python.StandardOutput.ReadToEndAsync();
        await python.WaitForExitAsync();
        python.ExitCode.ShouldBe(0, $"python3-dkim must be installed: {await error}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string CorpusFolder()
    {
        if (Environment.GetEnvironmentVariable("POSTHORN_SHARED") is { Length: > 0 } shared)
            return Path.Combine(shared, "corpus");
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Posthorn.slnx")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The repository's root (Posthorn.slnx) is not above the tests.");
        return Path.Combine(folder.Parent!.FullName, "shared", "corpus");
    }
}
