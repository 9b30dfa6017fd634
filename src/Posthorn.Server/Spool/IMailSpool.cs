using Posthorn.Commits;

namespace Posthorn.Server.Spool;

/// <summary>Takes mails in: durable, and on their way through the pipeline, when the call returns.</summary>
public interface IMailSpool
{
    /// <summary>Commits the mail to <see cref="SpoolQueues.Root"/> and records its acceptance in the timeline.</summary>
    /// <exception cref="Engine.StorageFullException">No space: 452 4.3.1.</exception>
    /// <exception cref="Engine.EngineFailedException">The engine is out of service: 421 4.3.0.</exception>
    ValueTask<CommitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken);
}
