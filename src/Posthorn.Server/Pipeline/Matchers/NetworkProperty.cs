using System.Net;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Expressions;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>An IP address: equal to one, or in networks. A mail without one (it did not come over the net) is in none.</summary>
internal sealed class NetworkProperty(Func<MailContext, IPAddress?> read) : Property
{
    public override Condition Alone(Expression.Property written) =>
        throw new ExpressionException(written.Position, $"'{written.Name}' is an address and no condition by itself; write: {written.Name} in 10.0.0.0/8");

    public override Condition Compare(Expression.Comparison written, ComparisonOperator by)
    {
        if (by is not (ComparisonOperator.In or ComparisonOperator.Equal))
            throw new ExpressionException(written.Position, $"'{written.Left.Name}' is an address; it compares with '==', '!=', 'in' and 'not in' only");
        var networks = written.Right.Select(ReadLiteral).ToArray();
        return new Test(isPerRecipient: false, (mail, _) => Test.Of(read(mail) is { } address && Array.Exists(networks, n => n.Contains(address))));
    }

    private static IPNetwork ReadLiteral(Literal literal) =>
        ConfigScalar.TryNetwork(literal.Text, out var network, out var reason) ? network : throw new ExpressionException(literal.Position, reason);
}
