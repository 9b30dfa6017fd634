using System.Text;
using Posthorn.Protocols.Sasl;
using Posthorn.Protocols.Sasl.Client;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Sasl;

public sealed class SaslClientTests
{
    // The example of RFC 7677 3.
    private const string Nonce = "rOprNGfwEbeRWgbNEkqO";
    private const string ServerFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    [Fact]
    public void Scram_says_what_the_rfc_says()
    {
        var scram = new ScramSha256Client("user", "pencil", Nonce);
        Text(scram.InitialResponse()!).ShouldBe($"n,,n=user,r={Nonce}");
        Text(scram.Respond(Encoding.ASCII.GetBytes(ServerFirst)))
            .ShouldBe("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        scram.IsServerProven.ShouldBeFalse();
        scram.Respond("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="u8).ShouldBeEmpty();
        scram.IsServerProven.ShouldBeTrue();
    }

    [Fact]
    public void A_server_that_does_not_know_the_password_is_found_out()
    {
        var scram = new ScramSha256Client("user", "pencil", Nonce);
        scram.InitialResponse();
        scram.Respond(Encoding.ASCII.GetBytes(ServerFirst));
        Should.Throw<SaslException>(() => scram.Respond("v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="u8));
        scram.IsServerProven.ShouldBeFalse();
    }

    [Theory]
    [InlineData("r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=!,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000000000")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx")]
    [InlineData("")]
    public void A_challenge_that_is_none_is_refused(string challenge) =>
        Should.Throw<SaslException>(() => new ScramSha256Client("user", "pencil", Nonce).Respond(Encoding.ASCII.GetBytes(challenge)));

    [Fact]
    public void Names_are_escaped() => Text(new ScramSha256Client("a=b,c", "p", "n").InitialResponse()!).ShouldBe("n,,n=a=3Db=2Cc,r=n");

    [Fact]
    public void Plain_says_all_at_once() => Text(new PlainClient("us", "pw").InitialResponse()!).ShouldBe("\0us\0pw");

    [Fact]
    public void Login_answers_twice_and_no_more()
    {
        var login = new LoginClient("us", "pw");
        login.InitialResponse().ShouldBeNull();
        Text(login.Respond("Username:"u8)).ShouldBe("us");
        Text(login.Respond("whatever"u8)).ShouldBe("pw");
        Should.Throw<SaslException>(() => login.Respond("more"u8));
    }

    [Theory]
    [InlineData("LOGIN PLAIN SCRAM-SHA-256", "SCRAM-SHA-256")]
    [InlineData("LOGIN PLAIN", "PLAIN")]
    [InlineData("LOGIN", "LOGIN")]
    [InlineData("GSSAPI", null)]
    public void The_strongest_mechanism_is_chosen(string offered, string? chosen) =>
        SaslClient.Choose(offered.Split(' ').ToHashSet(), "u", "p")?.Name.ShouldBe(chosen);

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
