using System.Security.Cryptography;
using System.Text;
using Posthorn.Protocols.Webhooks;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Webhooks;

/// <summary>Standard Webhooks' signatures: what is sent, and what a receiver finds of it.</summary>
public sealed class WebhookSignatureTests
{
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const long Timestamp = 1_614_265_330;

    private static readonly byte[] s_body = """{"test": 2432232314}"""u8.ToArray();
    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeSeconds(Timestamp);
    private static readonly WebhookSecret s_old = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    private static readonly WebhookSecret s_new = WebhookSecret.Of(RandomNumberGenerator.GetBytes(32));

    /// <summary>The vector that the specification's own libraries test with.</summary>
    [Fact]
    public void The_published_vector_signs_as_published() =>
        Sign([s_old]).ShouldBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");

    [Fact]
    public void A_body_signs_the_same_in_whatever_pieces_it_comes()
    {
        for (var cut = 0; cut <= s_body.Length; cut++)
        {
            using var signer = new WebhookSigner([s_old], Id, Timestamp);
            signer.Append(s_body.AsSpan(0, cut));
            signer.Append(s_body.AsSpan(cut));
            signer.Finish().ShouldBe(Sign([s_old]));
        }
    }

    [Fact]
    public void While_secrets_change_receivers_with_either_of_them_are_content()
    {
        var signatures = Sign([s_new, s_old]);

        signatures.Split(' ').Length.ShouldBe(2);
        Verify([s_old], signatures).ShouldBe(WebhookVerdict.Valid);
        Verify([s_new], signatures).ShouldBe(WebhookVerdict.Valid);
        Verify([s_new], Sign([s_old])).ShouldBe(WebhookVerdict.WrongSignature);
        Verify([s_new, s_old], Sign([s_old])).ShouldBe(WebhookVerdict.Valid);
    }

    [Theory]
    [InlineData(null, "1614265330", "v1,x", WebhookVerdict.Malformed)]
    [InlineData("", "1614265330", "v1,x", WebhookVerdict.Malformed)]
    [InlineData("a.b", "1614265330", "v1,x", WebhookVerdict.Malformed)]
    [InlineData("a", null, "v1,x", WebhookVerdict.Malformed)]
    [InlineData("a", "soon", "v1,x", WebhookVerdict.Malformed)]
    [InlineData("a", "-1", "v1,x", WebhookVerdict.Malformed)]
    [InlineData("a", "99999999999999999", "v1,x", WebhookVerdict.Malformed)]
    [InlineData("a", "1614265330", "", WebhookVerdict.Malformed)]
    [InlineData("a", "1614265330", null, WebhookVerdict.Malformed)]
    [InlineData("a", "1614265030", "v1,x", WebhookVerdict.WrongSignature)] // five minutes ago, the last instant
    [InlineData("a", "1614265029", "v1,x", WebhookVerdict.TooOld)]
    [InlineData("a", "1614265630", "v1,x", WebhookVerdict.WrongSignature)]
    [InlineData("a", "1614265631", "v1,x", WebhookVerdict.TooNew)]
    [InlineData("a", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookVerdict.WrongSignature)]
    [InlineData(Id, "1614265331", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookVerdict.WrongSignature)]
    [InlineData(Id, "1614265330", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookVerdict.WrongSignature)]
    [InlineData(Id, "1614265330", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookVerdict.WrongSignature)]
    [InlineData(Id, "1614265330", "v1a,abc v1,zzz v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookVerdict.Valid)]
    public void A_receiver_tells_what_it_finds(string? id, string? timestamp, string? signatures, WebhookVerdict verdict) =>
        WebhookVerifier.Verify([s_old], id, timestamp, signatures, s_body, s_now).ShouldBe(verdict);

    [Fact]
    public void One_other_byte_and_it_is_wrong()
    {
        var changed = s_body.ToArray();
        changed[^1] ^= 1;

        WebhookVerifier.Verify([s_old], Id, "1614265330", Sign([s_old]), changed, s_now).ShouldBe(WebhookVerdict.WrongSignature);
    }

    [Theory]
    [InlineData("whsec_")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLQ==")] // 22 bytes
    [InlineData("whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_…")]
    public void What_is_no_secret_is_refused_without_repeating_it(string text)
    {
        WebhookSecret.TryParse(text, out _, out var reason).ShouldBeFalse();
        reason!.ShouldContain("24 to 75 random bytes");
        reason.ShouldNotContain("MfKQ9r8");
    }

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    [InlineData(75, true)]
    [InlineData(76, false)]
    public void A_secret_has_24_to_75_bytes_and_is_shown_by_one_member_only(int bytes, bool isSecret)
    {
        var text = WebhookSecret.Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(bytes));
        WebhookSecret.TryParse(text, out var secret, out _).ShouldBe(isSecret);
        (secret?.Text ?? text).ShouldBe(text);
        (secret?.ToString() ?? "whsec_********").ShouldBe("whsec_********");
    }

    private static string Sign(IReadOnlyList<WebhookSecret> secrets)
    {
        using var signer = new WebhookSigner(secrets, Id, Timestamp);
        signer.Append(s_body);
        return signer.Finish();
    }

    private static WebhookVerdict Verify(IReadOnlyList<WebhookSecret> secrets, string signatures) =>
        WebhookVerifier.Verify(secrets, Id, Timestamp.ToString(), signatures, s_body, s_now);

    private static WebhookSecret Secret(string text) => WebhookSecret.TryParse(text, out var secret, out var reason) ? secret : throw new FormatException(reason);
}
