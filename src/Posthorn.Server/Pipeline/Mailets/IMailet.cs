using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>Acts on mail; a key of a rule by the name it is registered with (<c>services.AddMailet&lt;T&gt;("name")</c>).</summary>
/// <remarks>One instance for each place in the configuration, used by several workers at once.</remarks>
public interface IMailet
{
    /// <summary>
    /// Acts. What it does to <paramref name="mail"/> becomes durable with all that the pipeline does to that mail, in one commit; when it throws, none of it happens,
    /// and the rule's <c>on-error</c> decides. What it does outside (calls out, writes files) may happen again when the mail is tried again.
    /// </summary>
    ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken);
}
