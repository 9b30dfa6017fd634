using System.Text.Json.Serialization;

namespace Posthorn.Server.Retrieve.Imap.Mailboxes;

/// <summary>How notes are kept.</summary>
[JsonSerializable(typeof(AccountNotes))]
internal sealed partial class NotesJson : JsonSerializerContext;
