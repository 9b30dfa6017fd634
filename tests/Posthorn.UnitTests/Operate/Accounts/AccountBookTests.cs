using System.Text;
using Posthorn.Protocols.Sasl;
using Posthorn.Server.Operate.Accounts;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Accounts;

public sealed class AccountBookTests
{
    private static readonly AccountBook s_book = new(
    [
        new AccountOptions { Name = "billing", Password = "s3cret" },
        new AccountOptions { Name = "admin", Password = PasswordHash.Create("adm1n"), IsAdmin = true },
        new AccountOptions { Name = "keys-only", AccessKey = "AKID", SecretKey = "x" },
    ]);

    [Theory]
    [InlineData("billing", "s3cret", true)]
    [InlineData("billing", "S3cret", false)]
    [InlineData("billing", "", false)]
    [InlineData("Billing", "s3cret", false)]
    [InlineData("nobody", "s3cret", false)]
    [InlineData("keys-only", "", false)]
    [InlineData("keys-only", "x", false)]
    [InlineData("admin", "adm1n", true)]
    [InlineData("admin", "adm2n", false)]
    public void Name_and_password_must_both_fit(string name, string password, bool fits)
    {
        s_book.Verify(name, password)?.Name.ShouldBe(name);
        (s_book.Verify(name, password) is not null).ShouldBe(fits);
    }

    [Fact]
    public void A_hash_in_the_configuration_is_not_itself_the_password()
    {
        var hash = PasswordHash.Create("p");
        new AccountBook([new AccountOptions { Name = "a", Password = hash }]).Verify("a", hash).ShouldBeNull();
    }

    [Fact]
    public void A_hashed_password_still_refuses_a_wrong_one_after_the_right_one_was_seen()
    {
        var book = new AccountBook([new AccountOptions { Name = "a", Password = PasswordHash.Create("right") }]);
        book.Verify("a", "right").ShouldNotBeNull();
        book.Verify("a", "wrong").ShouldBeNull();
        book.Verify("a", "right").ShouldNotBeNull();
    }

    [Fact]
    public void SCRAM_credentials_are_those_of_the_password_and_stay_the_same()
    {
        var scram = s_book.Scram("billing").ShouldNotBeNull();
        scram.Iterations.ShouldBe(4_096);
        ScramVerifier.Of("s3cret", scram.Salt, scram.Iterations).StoredKey.ShouldBe(scram.StoredKey);
        s_book.Scram("billing").ShouldBe(scram);
    }

    [Fact]
    public void SCRAM_credentials_are_those_of_RFC_7677()
    {
        // RFC 7677 section 3: the exchange's proof and signature follow from these keys.
        var scram = ScramVerifier.Of("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4_096);
        const string Messages = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
            + "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        var signature = System.Security.Cryptography.HMACSHA256.HashData(scram.ServerKey, Encoding.ASCII.GetBytes(Messages));
        Convert.ToBase64String(signature).ShouldBe("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    [Fact]
    public void An_unknown_name_gets_SCRAM_credentials_that_cannot_be_told_from_real_ones()
    {
        var first = s_book.Scram("nobody").ShouldNotBeNull();
        var second = s_book.Scram("nobody").ShouldNotBeNull();
        second.Salt.ShouldBe(first.Salt);
        (first.Salt.Length, first.Iterations, first.StoredKey.Length, first.ServerKey.Length).ShouldBe((16, 4_096, 32, 32));
        s_book.Scram("somebody-else")!.Salt.ShouldNotBe(first.Salt);
    }

    [Fact]
    public void Without_accounts_anyone_is_who_he_says()
    {
        var open = new AccountBook([]);
        open.IsOpen.ShouldBeTrue();
        open.Verify("joe", "whatever")!.Name.ShouldBe("joe");
        open.Find("joe")!.Name.ShouldBe("joe");
        open.Scram("joe").ShouldBeNull();
        open.VerifyToken(null)!.IsAdmin.ShouldBeTrue();
    }

    [Theory]
    [InlineData("Bearer admin:adm1n", "admin")]
    [InlineData("bearer admin:adm1n", "admin")]
    [InlineData("Basic YWRtaW46YWRtMW4=", "admin")]
    [InlineData("Bearer billing:s3cret", "billing")]
    [InlineData("Bearer admin:wrong", null)]
    [InlineData("Bearer admin", null)]
    [InlineData("Bearer :adm1n", null)]
    [InlineData("Basic ????", null)]
    [InlineData("Digest x", null)]
    [InlineData("Bearer", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void The_authorization_of_a_call_names_its_account(string? field, string? name) => (s_book.Verify(field)?.Name).ShouldBe(name);

    [Theory]
    [InlineData("SCRAM-SHA-256$4096:c2FsdA==$AAAA:AAAA")]
    [InlineData("SCRAM-SHA-256$4095:c2FsdA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("SCRAM-SHA-256$1000001:c2FsdA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("SCRAM-SHA-256$")]
    public void A_broken_hash_is_told(string hash) => PasswordHash.TryParse(hash, out _).ShouldBeFalse();
}
