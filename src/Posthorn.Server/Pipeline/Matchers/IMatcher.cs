using Posthorn.Messages;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>A matcher of one's own, used in conditions by the name it is registered with (<c>services.AddMatcher&lt;T&gt;("name")</c>).</summary>
/// <remarks>One instance for each place in the configuration, used by several workers at once.</remarks>
public interface IMatcher
{
    /// <summary>The recipients it selects: all (<see cref="MailContext.Recipients"/>), none, or some, which splits the mail. Asked once for a mail and rule, and only when the answer decides.</summary>
    ValueTask<IReadOnlyCollection<Recipient>> MatchAsync(MailContext mail, CancellationToken cancellationToken);
}
