using System.Text.Json.Serialization;

namespace Posthorn.Client.Contracts.Messages;

/// <summary>What an administrator can do with messages.</summary>
[JsonConverter(typeof(KebabCase<MessageAction>))]
public enum MessageAction
{
    /// <summary>Remove them, without a word to anyone.</summary>
    Remove,
    /// <summary>Remove them for good, even from a queue that keeps what was consumed, and what it keeps.</summary>
    Discard,
    /// <summary>Make consumed ones ready again.</summary>
    Replay,
    /// <summary>Set their due time.</summary>
    Reschedule,
    /// <summary>Set their priority.</summary>
    Priority,
    /// <summary>Hold them: they never become due or too old until released.</summary>
    Hold,
    /// <summary>Release held ones; they are due at once.</summary>
    Release,
    /// <summary>Move them to another queue.</summary>
    Move,
    /// <summary>Send mail through the pipeline again, from its start.</summary>
    Rerun,
    /// <summary>Return mail to its sender (RFC 3464) and remove it.</summary>
    Bounce,
    /// <summary>Put dead letters back where they came from, with their full number of attempts.</summary>
    Redrive,
    /// <summary>Make delayed ones due now.</summary>
    Flush,
}
