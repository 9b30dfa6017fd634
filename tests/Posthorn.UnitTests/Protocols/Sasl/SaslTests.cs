using System.Text;
using Posthorn.Protocols.Sasl;
using Posthorn.Protocols.Sasl.Client;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Sasl;

public sealed class SaslTests
{
    private readonly OneAccount _accounts = new("user", "pencil");

    [Theory]
    [InlineData("\0user\0pencil", true)]
    [InlineData("user\0user\0pencil", true)]
    [InlineData("root\0user\0pencil", false)]
    [InlineData("\0user\0pen", false)]
    [InlineData("\0user", false)]
    [InlineData("\0\0pencil", false)]
    [InlineData("\0user\0pencil\0", false)]
    [InlineData("", false)]
    public void PLAIN_takes_name_and_password_in_one_response(string response, bool isRight)
    {
        IsSuccess(new PlainMechanism(_accounts).Begin(Bytes(response))).ShouldBe(isRight);
        var late = new PlainMechanism(_accounts);
        late.Begin(null).ShouldBeOfType<SaslStep.Challenge>().Bytes.Length.ShouldBe(0);
        IsSuccess(late.Continue(Bytes(response))).ShouldBe(isRight);
    }

    [Fact]
    public void LOGIN_asks_for_name_and_password()
    {
        var login = new LoginMechanism(_accounts);
        Text(login.Begin(null)).ShouldBe("Username:");
        Text(login.Continue(Bytes("user"))).ShouldBe("Password:");
        login.Continue(Bytes("pencil")).ShouldBe(new SaslStep.Success("user"));

        var withName = new LoginMechanism(_accounts);
        Text(withName.Begin(Bytes("user"))).ShouldBe("Password:");
        IsSuccess(withName.Continue(Bytes("pen"))).ShouldBeFalse();
    }

    [Fact]
    public void SCRAM_speaks_the_example_of_RFC_7677()
    {
        var scram = Rfc7677();
        Text(scram.Begin(Bytes("n,,n=user,r=rOprNGfwEbeRWgbNEkqO")))
            .ShouldBe("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        Text(scram.Continue(Bytes("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")))
            .ShouldBe("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        scram.Continue(Bytes("")).ShouldBe(new SaslStep.Success("user"));
    }

    [Theory]
    [InlineData("p=tls-unique,,n=user,r=x")] // insists on binding the channel
    [InlineData("n,a=root,n=user,r=x")]
    [InlineData("n,,m=ext,n=user,r=x")]
    [InlineData("n,,n=,r=x")]
    [InlineData("n,,n=us=er,r=x")]
    [InlineData("n,,n=user,r=")]
    [InlineData("n,,n=user")]
    [InlineData("")]
    public void SCRAM_refuses_a_first_message_it_cannot_honour(string message) => IsFailure(Rfc7677().Begin(Bytes(message))).ShouldBeTrue();

    [Theory]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVA=")] // another proof
    [InlineData("c=eSws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")] // another header
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")] // the server's nonce left out
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=")]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")]
    public void SCRAM_refuses_a_wrong_proof_and_is_over_then(string message)
    {
        var scram = Rfc7677();
        scram.Begin(Bytes("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
        IsFailure(scram.Continue(Bytes(message))).ShouldBeTrue();
        IsFailure(scram.Continue(Bytes(""))).ShouldBeTrue();
    }

    [Fact]
    public void SCRAM_does_not_succeed_before_its_proof_was_acknowledged_and_not_twice()
    {
        var scram = Rfc7677();
        scram.Begin(Bytes("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
        scram.Continue(Bytes("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
        IsFailure(scram.Continue(Bytes("x"))).ShouldBeTrue();
        IsFailure(scram.Continue(Bytes(""))).ShouldBeTrue();
    }

    [Fact]
    public void SCRAM_decodes_names()
    {
        var asked = new OneAccount("a,b=c", "x");
        var scram = new ScramSha256Mechanism(asked, "server");
        scram.Begin(Bytes("n,,n=a=2Cb=3Dc,r=client")).ShouldBeOfType<SaslStep.Challenge>();
        asked.Asked.ShouldBe("a,b=c");
    }

    [Fact]
    public void Nonces_are_new_each_time_and_have_no_commas()
    {
        var nonces = Enumerable.Range(0, 100).Select(_ => ScramSha256.NewNonce()).ToList();
        nonces.Distinct(StringComparer.Ordinal).Count().ShouldBe(100);
        nonces.ShouldAllBe(n => n.Length == 24 && !n.Contains(',', StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("pencil", true)]
    [InlineData("pen", false)]
    [InlineData("", false)]
    public void Both_sides_of_each_mechanism_understand_each_other(string password, bool isRight)
    {
        foreach (var name in new[] { SaslMechanisms.Plain, SaslMechanisms.Login, SaslMechanisms.ScramSha256 })
        {
            var client = SaslClient.Choose(new HashSet<string> { name }, "user", password).ShouldNotBeNull();
            client.Name.ShouldBe(name);
            var server = SaslMechanisms.Create(name, _accounts).ShouldNotBeNull();
            var step = server.Begin(client.InitialResponse() is { } first ? new ReadOnlyMemory<byte>(first) : null);
            while (step is SaslStep.Challenge challenge)
                step = server.Continue(client.Respond(challenge.Bytes.Span));
            IsSuccess(step).ShouldBe(isRight, name);
            client.IsServerProven.ShouldBe(isRight || name != SaslMechanisms.ScramSha256, name);
        }
    }

    private ScramSha256Mechanism Rfc7677() => new(_accounts, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(SaslStep step) => Encoding.UTF8.GetString(step.ShouldBeOfType<SaslStep.Challenge>().Bytes.Span);

    private static bool IsSuccess(SaslStep step) => step is SaslStep.Success;

    private static bool IsFailure(SaslStep step) => step is SaslStep.Failure;

    private sealed class OneAccount(string name, string password) : ISaslAccounts
    {
        private readonly ScramVerifier _verifier = ScramVerifier.Of(password, Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);

        public string? Asked { get; private set; }

        public string? Verify(string givenName, string givenPassword) => givenName == name && givenPassword == password ? name : null;

        public ScramVerifier? Scram(string givenName)
        {
            Asked = givenName;
            return givenName == name ? _verifier : null;
        }
    }
}
