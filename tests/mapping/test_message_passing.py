import pytest
import torch

from gazesim.mapping.network import KINDS, BoxNetwork, Changes, Frames, NetworkSizes, changed, geometry, relations


def frames(n=2, most=4, seed=0):
    random = torch.Generator().manual_seed(seed)
    low = torch.rand(n, most, 2, generator=random) * 0.6
    boxes = torch.cat([low, low + 0.1 + 0.2 * torch.rand(n, most, 2, generator=random)], dim=-1)
    there = torch.ones(n, most, dtype=torch.bool)
    return Frames(torch.randn(n, most, 3, generator=random), boxes, there, 0.75)


def network(kind):
    torch.manual_seed(0)
    return BoxNetwork(NetworkSizes(kind, 3, 5)).eval()


@pytest.mark.parametrize("kind", KINDS)
def test_boxes_that_do_not_exist_change_nothing(kind):
    one = frames()
    more = Frames(
        torch.cat([one.looks, torch.randn(2, 2, 3)], dim=1),
        torch.cat([one.boxes, torch.rand(2, 2, 4)], dim=1),
        torch.cat([one.there, torch.zeros(2, 2, dtype=torch.bool)], dim=1),
        0.75,
    )
    torch.testing.assert_close(network(kind)(more)[:, :4], network(kind)(one))


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_boxes_does_not_matter(kind):
    one, order = frames(), [2, 0, 3, 1]
    turned = Frames(one.looks[:, order], one.boxes[:, order], one.there[:, order], 0.75)
    torch.testing.assert_close(network(kind)(turned), network(kind)(one)[:, order])


@pytest.mark.parametrize(("kind", "hears"), [("messages", True), ("boxes", False), ("looks", False)])
def test_only_messages_hear_from_other_boxes(kind, hears):
    one = frames()
    looks = one.looks.clone()
    looks[:, 1] += 5
    other = network(kind)(Frames(looks, *one[1:]))
    assert torch.equal(other[:, 0], network(kind)(one)[:, 0]) is not hears


def test_a_box_alone_hears_nothing_and_gets_a_label():
    one = frames(most=1)
    assert network("messages")(one).exp().sum(dim=-1).allclose(torch.ones(2, 1))


def test_relations_ignore_zoom_and_shift_and_tell_left_from_right():
    one = frames()
    far = one._replace(boxes=one.boxes * 0.5 + 0.1)
    torch.testing.assert_close(relations(far), relations(one), atol=1e-3, rtol=1e-3)
    mirrored = relations(one)
    torch.testing.assert_close(mirrored[..., :2], -mirrored.transpose(1, 2)[..., :2])
    assert (geometry(far) - geometry(one)).abs().max() > 0.1


def test_changes_of_nothing_leave_frames_as_they_are():
    one = frames()
    same = changed(one, Changes(0, 1, 0, 0, 0, 0), torch.Generator().manual_seed(0))
    torch.testing.assert_close(same.boxes, one.boxes)
    assert torch.equal(same.there, one.there)
    assert torch.equal(same.looks, one.looks)


def test_a_turned_frame_keeps_distances():
    one = frames()
    turned = changed(one, Changes(1.0, 1, 0, 0, 0, 0), torch.Generator().manual_seed(0))

    def distances(own):
        middles = (own.boxes[..., 2:] + own.boxes[..., :2]) / 2
        return (middles[:, None] - middles[:, :, None]).norm(dim=-1)

    torch.testing.assert_close(distances(turned), distances(one))
    assert not torch.allclose(turned.boxes, one.boxes)
