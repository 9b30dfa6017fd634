using Posthorn.Server.Pipeline.Expressions;
using Posthorn.Server.Pipeline.Routing;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>Addresses as rules name them: <c>a@b.example</c>, <c>*@b.example</c>, <c>a@*</c>; domains also as <c>*.b.example</c>. Compared without case.</summary>
internal static class AddressPattern
{
    /// <summary>A test for addresses that are one of these.</summary>
    public static Func<string, bool> Addresses(IReadOnlyList<Literal> patterns)
    {
        var tests = patterns.Select(Address).ToArray();
        return tests.Length == 1 ? tests[0] : address => Array.Exists(tests, test => test(address));
    }

    /// <summary>A test for domains that are one of these.</summary>
    public static Func<string, bool> Domains(IReadOnlyList<Literal> patterns)
    {
        var tests = patterns.Select(Domain).ToArray();
        return tests.Length == 1 ? tests[0] : domain => Array.Exists(tests, test => test(domain));
    }

    private static Func<string, bool> Address(Literal pattern)
    {
        var text = pattern.Text;
        if (text.StartsWith("*@", StringComparison.Ordinal))
        {
            var domain = Domain(pattern with { Text = text[2..] });
            return address => domain(AddressParts.DomainOf(address));
        }

        if (text.EndsWith("@*", StringComparison.Ordinal))
        {
            var local = text[..^2];
            return address => AddressParts.LocalPartOf(address).Equals(local, StringComparison.OrdinalIgnoreCase);
        }

        if (text.Contains('*', StringComparison.Ordinal))
            throw new ExpressionException(pattern.Position, $"'{text}' is no address; a star stands for a whole part only: *@domain or name@*. For more there are regular expressions");
        if (!text.Contains('@', StringComparison.Ordinal) && !text.Equals("postmaster", StringComparison.OrdinalIgnoreCase))
            throw new ExpressionException(pattern.Position, $"'{text}' is no address; write name@domain, *@domain or name@*");
        return address => address.Equals(text, StringComparison.OrdinalIgnoreCase);
    }

    private static Func<string, bool> Domain(Literal pattern)
    {
        var text = pattern.Text;
        if (text.Contains('@', StringComparison.Ordinal) || text.Length == 0)
            throw new ExpressionException(pattern.Position, $"'{text}' is no domain; write example.test or *.example.test");
        if (text.StartsWith("*.", StringComparison.Ordinal))
        {
            var suffix = text[1..];
            return domain => domain.Length > suffix.Length && domain.EndsWith(suffix, StringComparison.OrdinalIgnoreCase);
        }

        return domain => domain.Equals(text, StringComparison.OrdinalIgnoreCase);
    }
}
