using Posthorn.Protocols.Sns.Notifications;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Sns;

/// <summary>When an endpoint is tried again.</summary>
public sealed class DeliveryPolicyTests
{
    [Fact]
    public void Without_a_policy_there_are_three_retries_twenty_seconds_apart()
    {
        Seconds(DeliveryPolicy.Default, 3).ShouldBe([20, 20, 20]);
        DeliveryPolicy.Default.Delay(4).ShouldBeNull();
    }

    [Theory]
    [InlineData("linear", new double[] { 0, 0, 2, 2, 5, 8, 8 })]
    [InlineData("exponential", new double[] { 0, 0, 2, 2, 4, 8, 8 })]
    [InlineData("geometric", new double[] { 0, 0, 2, 2, 4, 8, 8 })]
    [InlineData("arithmetic", new double[] { 0, 0, 2, 2, 3.5, 8, 8 })]
    public void Retries_come_at_once_then_after_the_least_pause_then_growing_ones_then_the_longest(string backoff, double[] expected)
    {
        var policy = DeliveryPolicy.Parse(
            $$$"""{"healthyRetryPolicy":{"minDelayTarget":2,"maxDelayTarget":8,"numRetries":7,"numNoDelayRetries":2,"numMinDelayRetries":1,"numMaxDelayRetries":1,"backoffFunction":"{{{backoff}}}"}}""",
            isTopic: false);
        Seconds(policy, 7).ShouldBe(expected, tolerance: 0.01);
        policy.Delay(8).ShouldBeNull();
    }

    [Fact]
    public void A_topics_policy_stands_under_http()
    {
        var policy = DeliveryPolicy.Parse(
            """{"http":{"defaultHealthyRetryPolicy":{"numRetries":5},"defaultThrottlePolicy":{"maxReceivesPerSecond":7},"defaultRequestPolicy":{"headerContentType":"application/json"}}}""", isTopic: true);
        (policy.Retries, policy.RatePerSecondMax, policy.ContentType).ShouldBe((5, 7, "application/json"));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"healthyRetryPolicy":{"numRetries":101}}""")]
    [InlineData("""{"healthyRetryPolicy":{"minDelayTarget":0}}""")]
    [InlineData("""{"healthyRetryPolicy":{"minDelayTarget":30,"maxDelayTarget":20}}""")]
    [InlineData("""{"healthyRetryPolicy":{"numRetries":1,"numNoDelayRetries":2}}""")]
    [InlineData("""{"healthyRetryPolicy":{"backoffFunction":"cubic"}}""")]
    [InlineData("""{"requestPolicy":{"headerContentType":"x\r\ny"}}""")]
    public void What_is_no_policy_is_refused(string json) => Should.Throw<FormatException>(() => DeliveryPolicy.Parse(json, isTopic: false));

    private static double[] Seconds(DeliveryPolicy policy, int count) => [.. Enumerable.Range(1, count).Select(n => policy.Delay(n)!.Value.TotalSeconds)];
}
