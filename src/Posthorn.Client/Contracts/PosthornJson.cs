using System.Text.Json;
using System.Text.Json.Serialization;
using Posthorn.Client.Contracts.Destinations;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Client.Contracts.Nodes;
using Posthorn.Client.Contracts.Orders;
using Posthorn.Client.Contracts.Queues;
using Posthorn.Client.Contracts.Sending;
using Posthorn.Client.Contracts.Tasks;
using Posthorn.Client.Contracts.Tracing;
using Posthorn.Client.Contracts.Webhooks;

namespace Posthorn.Client.Contracts;

/// <summary>How the contracts look in JSON: camelCase names, enums as kebab-case text, times ISO 8601 in UTC, durations in seconds, what is null left out.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    Converters = [typeof(DurationConverter)],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(ServerInfo))]
[JsonSerializable(typeof(QueueInfo))]
[JsonSerializable(typeof(QueueList))]
[JsonSerializable(typeof(QueueSettings))]
[JsonSerializable(typeof(QueueShape))]
[JsonSerializable(typeof(MessagePage))]
[JsonSerializable(typeof(MessageDetail))]
[JsonSerializable(typeof(MessageCommand))]
[JsonSerializable(typeof(MessageChange))]
[JsonSerializable(typeof(MessagePreview))]
[JsonSerializable(typeof(TaskInfo))]
[JsonSerializable(typeof(TaskList))]
[JsonSerializable(typeof(OrderRequest))]
[JsonSerializable(typeof(OrderInfo))]
[JsonSerializable(typeof(OrderList))]
[JsonSerializable(typeof(DestinationInfo))]
[JsonSerializable(typeof(DestinationList))]
[JsonSerializable(typeof(SuspendRequest))]
[JsonSerializable(typeof(NodeInfo))]
[JsonSerializable(typeof(NodeList))]
[JsonSerializable(typeof(SentMessage))]
[JsonSerializable(typeof(ReceivedMessages))]
[JsonSerializable(typeof(StreamedMessage))]
[JsonSerializable(typeof(LeaseChange))]
[JsonSerializable(typeof(LeaseInfo))]
[JsonSerializable(typeof(Trace))]
[JsonSerializable(typeof(WebhookSettings))]
[JsonSerializable(typeof(WebhookInfo))]
[JsonSerializable(typeof(WebhookList))]
[JsonSerializable(typeof(WebhookAttempt))]
[JsonSerializable(typeof(WebhookAttempts))]
[JsonSerializable(typeof(WebhookPause))]
[JsonSerializable(typeof(WebhookTest))]
[JsonSerializable(typeof(WebhookReplay))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonObject))]
public sealed partial class PosthornJson : JsonSerializerContext;
