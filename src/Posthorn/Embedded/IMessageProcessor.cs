namespace Posthorn.Embedded;

/// <summary>Works on the messages of a queue in a host; see <see cref="PosthornBuilder.AddProcessor{TProcessor}"/>. Made anew, with its scoped services, for each message.</summary>
public interface IMessageProcessor
{
    /// <summary>Works on one message: success acknowledges, an exception has it tried again by the back-off and at last makes it a dead letter.</summary>
    /// <param name="message">May be settled here; then it is left alone.</param>
    /// <param name="cancellationToken">Cancelled when the lease is lost, or when the host stops and the drain time is over.</param>
    Task ProcessAsync(ReceivedMessage message, CancellationToken cancellationToken);
}
