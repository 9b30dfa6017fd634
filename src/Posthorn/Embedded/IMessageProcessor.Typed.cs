namespace Posthorn.Embedded;

/// <summary>Works on the values of a typed queue in a host; see <see cref="PosthornBuilder.AddProcessor{T, TProcessor}"/>.</summary>
public interface IMessageProcessor<T>
{
    /// <summary>Works on one value; see <see cref="IMessageProcessor.ProcessAsync"/>.</summary>
    Task ProcessAsync(ReceivedMessage<T> message, CancellationToken cancellationToken);
}
