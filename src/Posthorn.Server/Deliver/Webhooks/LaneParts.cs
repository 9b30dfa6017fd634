using Posthorn.Clustering;
using Posthorn.Engine;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>What all lanes work with.</summary>
internal sealed record LaneParts(IEngine Engine, WebhookDelivery Delivery, LaneStates States, WebhookLog Log, ICluster Cluster, TimeProvider Time, Random Random);
